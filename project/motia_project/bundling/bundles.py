"""From a project to `dist/`: trace, install, select, pack, zip, describe.

One road for every build; what is unchanged falls through it without work. Nothing in `dist/` is touched before all
problems are known.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from motia.descriptor import FILE_NAME
from motia.errors import ProjectError
from motia_project.bundling.bytecode import find_compiler
from motia_project.bundling.cache import Cache, Memo
from motia_project.bundling.dependencies import Installed, install
from motia_project.bundling.describe import (
    STREAMS,
    STREAMS_HANDLER,
    bundle_path,
    describe_bundle,
    describe_project,
    describe_streams,
    handler,
    step_files,
    stream_files,
)
from motia_project.bundling.include import include_files
from motia_project.bundling.needs import Needs
from motia_project.bundling.output import publish
from motia_project.bundling.parts import Part, Parts
from motia_project.bundling.requirements import Requirements, implicit_pydantic, read_requirements
from motia_project.bundling.sizes import ASSET_WARNING, BundleSize, render, too_big
from motia_project.bundling.target import Target
from motia_project.bundling.trace import Traced, Tracer
from motia_project.bundling.zips import Bundle, make_zips
from motia_project.manifest import Manifest, ManifestBundle
from motia_project.model import InvalidProject, Problem, Project, Step


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


@dataclass
class _Plan:
    """A bundle before its packages are known. steps: none in that of the streams."""

    path: str
    steps: list[Step] = field(default_factory=list)
    traced: Traced = field(default_factory=lambda: Traced((), (), ()))
    included: list[str] = field(default_factory=list)


def build(
    project: Project,
    target: Target,
    *,
    dist: Path | None = None,
    cache: Path | None = None,
    report: Callable[[str], None] | None = None,
) -> BuildResult:
    """Build the bundles of every Python Step and the manifest.

    dist: default `dist` in the project. cache: default `.motia/cache` there. report: gets a line for each thing done.
    Raises InvalidProject with all problems, ProjectError when the package index cannot be reached.
    """
    root = Path(os.path.abspath(project.root))  # noqa: PTH100 - links stay as the user wrote them
    dist = Path(os.path.abspath(dist or root / "dist"))  # noqa: PTH100
    say = report or (lambda line: None)
    store = Cache(cache or root / ".motia" / "cache")
    memo = Memo(store)
    problems = [*project.problems, *_unsupported(project)]

    tracer = Tracer(root, target, memo)
    plans = _plan(project, root, dist, tracer, problems)
    requirements = read_requirements(root)
    try:
        installed = _install(plans, tracer, requirements, target, store, say, problems)
    except InvalidProject as wrong:
        raise InvalidProject(tuple(dict.fromkeys((*problems, *wrong.problems)))) from None
    needs = Needs(root, target, requirements, installed.index, tracer)
    always = _always(project, tracer, needs, problems)
    chosen = {plan.path: _distributions(plan, always, needs, problems) for plan in plans}
    _stop_on(problems)

    parts = Parts(root, store, memo, installed, find_compiler(root, target))
    runtime = parts.runtime()
    bundles = [_bundle(project, plan, [runtime], always.files, chosen[plan.path], parts) for plan in plans]
    made = make_zips(bundles, parts, store, say)
    problems += [warning for zipped in made for warning in zipped.warnings]
    problems += [problem for zipped in made if (problem := too_big(zipped.size))]
    _stop_on(problems)

    described = {
        zipped.bundle.path: ManifestBundle(
            sha256=zipped.sha256,
            size=zipped.size.zipped,
            unzipped=zipped.size.unzipped,
            handler=handler(plan.steps) if plan.steps else STREAMS_HANDLER,
            runtime=target.runtime,
            fingerprint=zipped.fingerprint,
        )
        for plan, zipped in zip(plans, made, strict=True)
    }
    manifest = describe_project(project, target, described)
    publish(made, manifest, dist, store)
    memo.save()
    store.prune(
        target.key(),
        {
            "zips": {zipped.fingerprint for zipped in made},
            "packs": {part.key for bundle in bundles for part in bundle.parts},
            "deps": {installed.key},
        },
    )
    return BuildResult(
        manifest=manifest,
        dist=dist,
        target=target,
        built=tuple(name for zipped in made if zipped.is_new for name in zipped.bundle.steps),
        reused=tuple(name for zipped in made if not zipped.is_new for name in zipped.bundle.steps),
        warnings=tuple(dict.fromkeys(problem for problem in problems if problem.severity == "warning")),
        sizes=tuple(zipped.size for zipped in made),
        inputs=(*_inputs(root, plans, always), *requirements.files, *requirements.local),
    )


def _inputs(root: Path, plans: list[_Plan], always: _Always) -> list[Path]:
    files = {file for plan in plans for file in (*plan.traced.files, *plan.included)} | {*always.files}
    return [root / file for file in sorted(files)]


def render_sizes(result: BuildResult) -> str:
    """The sizes of a build as a table for people."""
    return render(result.sizes)


def _unsupported(project: Project) -> list[Problem]:
    if not any(step.type != "noop" for step in project.steps):
        raise ProjectError(
            "the project has no Steps to build",
            where=str(project.root),
            remedy="put a Step into steps/ or src/, in a file that ends with _step.py",
        )
    return [
        Problem("only Python Steps can be bundled", file=step.file, value=step.language, allowed="*_step.py")
        for step in project.steps
        if step.language != "python" and step.type != "noop"
    ]


def _plan(project: Project, root: Path, dist: Path, tracer: Tracer, problems: list[Problem]) -> list[_Plan]:
    plans: dict[str, _Plan] = {}
    for step in project.steps:
        if step.type == "noop" or step.language != "python":
            continue
        plan = plans.setdefault(bundle_path(project, step), _Plan(bundle_path(project, step)))
        plan.steps.append(step)
        included = include_files(root, step, dist)
        plan.included += included.files
        problems += included.problems
        for name in included.files:
            if (size := (root / name).stat().st_size) > ASSET_WARNING:
                what = f"includes {name}, {size // 1024 // 1024} MB, in every deployment of the Step"
                remedy = "fetch it from S3 when it is needed"
                problems.append(Problem(what, file=step.file, key="includeFiles", remedy=remedy, severity="warning"))
    if project.streams:
        plans[STREAMS] = _Plan(STREAMS)
    for plan in plans.values():
        plan.traced = tracer.trace(step_files(project, plan.steps) if plan.steps else stream_files(project))
        problems += plan.traced.problems
    return list(plans.values())


def _install(
    plans: list[_Plan],
    tracer: Tracer,
    requirements: Requirements,
    target: Target,
    store: Cache,
    say: Callable[[str], None],
    problems: list[Problem],
) -> Installed:
    """Install what the project lists, and pydantic when Steps use it unlisted, as the API reference does."""
    installed = install(requirements, target, store, say)
    users = [one for plan in plans for one in plan.traced.external if one.found.module.partition(".")[0] == "pydantic"]
    if not users or installed.index.owners("pydantic"):
        return installed
    implicit = implicit_pydantic()
    source = requirements.source or "requirements.txt"
    problems.append(
        Problem(
            f"imports pydantic, which {source} does not list; {implicit} is bundled",
            file=users[0].file,
            key=f"line {users[0].found.line}",
            remedy=f"add {implicit} to {source}",
            severity="warning",
        )
    )
    return install(requirements, target, store, say, (implicit,))


@dataclass(frozen=True)
class _Always:
    """What `packages` of motia.toml adds to every bundle."""

    files: tuple[str, ...]
    traced: Traced
    owners: frozenset[str]


def _always(project: Project, tracer: Tracer, needs: Needs, problems: list[Problem]) -> _Always:
    files: list[str] = []
    owners: set[str] = set()
    for name in project.settings.packages:
        if own := tracer.modules.find(name):
            files += tracer.modules.tree(own)
        elif found := needs.owners([name]):
            owners |= found
        else:
            problems.append(
                Problem(
                    "is neither a module of the project nor in an installed package",
                    file="motia.toml",
                    key="packages",
                    value=name,
                    allowed="names as an import statement has them",
                    remedy="correct the name, or add its package to requirements.txt",
                )
            )
    traced = tracer.trace(files)
    problems += traced.problems
    return _Always(traced.files, traced, frozenset(owners))


def _distributions(plan: _Plan, always: _Always, needs: Needs, problems: list[Problem]) -> set[str]:
    found, missing = needs.distributions((*plan.traced.external, *always.traced.external), always.owners)
    problems += missing
    return found


def _bundle(
    project: Project,
    plan: _Plan,
    first: list[Part],
    always: tuple[str, ...],
    distributions: set[str],
    parts: Parts,
) -> Bundle:
    descriptor = (describe_bundle(project, plan.steps) if plan.steps else describe_streams(project)).to_json()
    files = sorted({*plan.traced.files, *plan.included, *always})
    ordered: list[Part] = [
        *first,
        parts.text(FILE_NAME, descriptor),
        *(parts.project_file(path) for path in files),
        *(parts.distribution(name) for name in sorted(distributions)),
    ]
    return Bundle(plan.path, tuple(step.name for step in plan.steps), tuple(ordered))


def _stop_on(problems: list[Problem]) -> None:
    unique = tuple(dict.fromkeys(problems))
    if any(problem.severity == "error" for problem in unique):
        raise InvalidProject(unique)
