"""From a project to `dist/`: prepare the bundles of each language, zip, publish, describe.

One road for every build; what is unchanged falls through it without work. Nothing in `dist/` is touched before all
problems are known.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motia.errors import ProjectError
from motia_project.bundling.cache import Cache, Memo
from motia_project.bundling.describe import describe_project
from motia_project.bundling.node.bundles import node_bundles
from motia_project.bundling.output import publish
from motia_project.bundling.python_bundles import python_bundles
from motia_project.bundling.sizes import BundleSize, render, too_big
from motia_project.bundling.target import Target
from motia_project.bundling.zips import make_zips
from motia_project.manifest import Manifest, ManifestBundle
from motia_project.model import InvalidProject, Problem, Project


@dataclass(frozen=True)
class BuildResult:
    """A finished build. built, reused: names of Steps whose bundle was made or taken as it was. inputs: the files that
    it was made from, except those of installed Python packages."""

    manifest: Manifest
    dist: Path
    target: Target
    built: tuple[str, ...]
    reused: tuple[str, ...]
    warnings: tuple[Problem, ...]
    sizes: tuple[BundleSize, ...]
    inputs: tuple[Path, ...] = ()


def build(
    project: Project,
    target: Target,
    *,
    dist: Path | None = None,
    cache: Path | None = None,
    report: Callable[[str], None] | None = None,
) -> BuildResult:
    """Build the bundles of every Step and the manifest.

    dist: default `dist` in the project. cache: default `.motia/cache` there. report: gets a line for each thing done.
    Raises InvalidProject with all problems, ProjectError when the package index cannot be reached.
    """
    root = Path(os.path.abspath(project.root))  # noqa: PTH100 - links stay as the user wrote them
    dist = Path(os.path.abspath(dist or root / "dist"))  # noqa: PTH100
    say = report or (lambda line: None)
    if not any(step.type != "noop" for step in project.steps):
        raise ProjectError(
            "the project has no Steps to build",
            where=str(project.root),
            remedy="put a Step into steps/ or src/, in a file such as hello_step.py or hello.step.ts",
        )
    store = Cache(cache or root / ".motia" / "cache")
    memo = Memo(store)
    problems = [*project.problems]
    try:
        node = node_bundles(project, root, dist, target, store, memo, say, problems)
        python = python_bundles(project, root, dist, target, store, memo, say, problems)
    except InvalidProject as wrong:
        raise InvalidProject(tuple(dict.fromkeys((*problems, *wrong.problems)))) from None
    _stop_on(problems)

    prepared = [one for one in (python, node) if one is not None]
    made = [zipped for one in prepared for zipped in make_zips(one.bundles, one.parts, store, say)]
    problems += [warning for zipped in made for warning in zipped.warnings]
    problems += [problem for zipped in made if (problem := too_big(zipped.size))]
    _stop_on(problems)

    described = {
        zipped.bundle.path: ManifestBundle(
            sha256=zipped.sha256,
            size=zipped.size.zipped,
            unzipped=zipped.size.unzipped,
            handler=zipped.bundle.handler,
            runtime=zipped.bundle.runtime,
            fingerprint=zipped.fingerprint,
        )
        for zipped in made
    }
    manifest = describe_project(project, target, described, node.bundles[0].runtime if node else None)
    publish(made, manifest, dist, store)
    memo.save()
    used = {
        "zips": {zipped.fingerprint for zipped in made},
        "packs": {part.key for one in prepared for bundle in one.bundles for part in bundle.parts},
    }
    store.prune(target.key(), {**used, **{kind: keys for one in prepared for kind, keys in one.used.items()}})
    return BuildResult(
        manifest=manifest,
        dist=dist,
        target=target,
        built=tuple(name for zipped in made if zipped.is_new for name in zipped.bundle.steps),
        reused=tuple(name for zipped in made if not zipped.is_new for name in zipped.bundle.steps),
        warnings=tuple(dict.fromkeys(problem for problem in problems if problem.severity == "warning")),
        sizes=tuple(zipped.size for zipped in made),
        inputs=tuple(path for one in prepared for path in one.inputs),
    )


def render_sizes(result: BuildResult) -> str:
    """The sizes of a build as a table for people."""
    return render(result.sizes)


def _stop_on(problems: list[Problem]) -> None:
    unique = tuple(dict.fromkeys(problems))
    if any(problem.severity == "error" for problem in unique):
        raise InvalidProject(unique)
