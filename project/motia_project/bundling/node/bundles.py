"""Bundles of TypeScript and JavaScript Steps, and of the rules for streams that are written in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from motia_project.bundling.cache import Cache, Memo
from motia_project.bundling.dependencies import Installed
from motia_project.bundling.describe import ACCESS, NODE_HANDLER, bundle_path
from motia_project.bundling.include import included
from motia_project.bundling.node.compiled import MAP, Output, compile_bundles
from motia_project.bundling.node.engines import major, node_runtime
from motia_project.bundling.node.entries import access_entry, step_entry
from motia_project.bundling.node.packages import Packages, collect, files_of, foreign_addons
from motia_project.bundling.node.platforms import Platform
from motia_project.bundling.parts import RUNTIME, Part, Parts
from motia_project.bundling.prepared import Prepared
from motia_project.bundling.target import Target
from motia_project.bundling.zips import Bundle
from motia_project.descriptors import remote_rules
from motia_project.model import Problem, Project, Step
from motia_project.node import tools


@dataclass
class _Plan:
    """A bundle before it is made. steps: none in that of the streams' rules."""

    path: str
    steps: list[Step] = field(default_factory=list)
    included: list[str] = field(default_factory=list)


def node_bundles(
    project: Project,
    root: Path,
    dist: Path,
    target: Target,
    store: Cache,
    memo: Memo,
    say: Callable[[str], None],
    problems: list[Problem],
) -> Prepared | None:
    """The Node bundles of a project, None when it needs none; what is wrong is added to `problems`.

    Raises ProjectError where there is no Node or no esbuild.
    """
    plans = _plan(project, root, dist, problems)
    if not plans:
        return None
    runtime, wrong = node_runtime(root, project.settings)
    problems += [wrong] if wrong else []
    release = tools.node_version(root)[0] if target.is_local else major(runtime)
    entries = {plan.path: step_entry(project, plan.steps) if plan.steps else access_entry(project) for plan in plans}
    compiled = compile_bundles(root, dist, f"node{release}", entries, store, memo)
    problems += compiled.problems
    platform = Platform.of(target)
    packages = _packages(root, compiled.outputs.values(), platform, say, not target.is_local, problems)
    if any(problem.severity == "error" for problem in problems):
        return None
    parts = Parts(root, store, memo, Installed("", store.path("deps", "none")), None)
    bundles = []
    inputs = [*compiled.inputs]
    for plan in plans:
        output = compiled.outputs[plan.path]
        chosen = packages[_key(output)]
        outside = [(one, dict(files_of(one, platform))) for one in chosen.placed.values()]
        inputs += [path for _, files in outside for path in files.values()]
        inputs += [root / file for file in plan.included]
        ordered: list[Part] = [
            parts.files(RUNTIME, {path: file for path, file in output.files.items() if path != MAP}, output.parts),
            parts.files("source map", {MAP: output.files[MAP]}),
            *(parts.files(one.name, files) for one, files in outside),
            *(parts.project_file(path) for path in sorted({*plan.included} - output.files.keys())),
        ]
        names = tuple(step.name for step in plan.steps)
        bundles.append(Bundle(plan.path, names, tuple(ordered), NODE_HANDLER, runtime, reserved=()))
    return Prepared(bundles, parts, inputs, {"node": {compiled.key, f"last-node{release}"}})


def _plan(project: Project, root: Path, dist: Path, problems: list[Problem]) -> list[_Plan]:
    plans: dict[str, _Plan] = {}
    for step in project.steps:
        if step.type == "noop" or step.language != "node":
            continue
        path = bundle_path(project, step)
        plan = plans.setdefault(path, _Plan(path))
        if plan.steps and plan.steps[0].file.rpartition(".")[0] == step.file.rpartition(".")[0]:
            what = f"differs from {plan.steps[0].file} in its ending only, and both would be {path}"
            problems.append(Problem(what, file=step.file, remedy="rename one of them"))
        plan.steps.append(step)
        plan.included += included(root, step, dist, problems)
    if remote_rules(project):
        plans[ACCESS] = _Plan(ACCESS)
    return list(plans.values())


def _packages(
    root: Path,
    outputs: Iterable[Output],
    platform: Platform,
    say: Callable[[str], None],
    may_fetch: bool,
    problems: list[Problem],
) -> dict[tuple[tuple[str, Path], ...], Packages]:
    """What stays outside of the code, by what was imported; bundles that import the same share it."""
    found: dict[tuple[tuple[str, Path], ...], Packages] = {}
    for output in outputs:
        key = _key(output)
        if key not in found:
            found[key] = collect(root, output.packages, platform, say, may_fetch=may_fetch)
            problems += found[key].problems
            for package in found[key].placed.values():
                if addons := foreign_addons(package, platform):
                    problems.append(_foreign(package.name, addons, platform))
        for place, file in output.files.items():
            if place.endswith(".node") and not platform.runs(file):
                problems.append(_foreign(place, [place], platform))
    return found


def _foreign(name: str, addons: list[str], platform: Platform) -> Problem:
    """Of a package whose compiled code is for another platform. A prebuilt one may do without, a built one not."""
    was_built = not all("prebuilds" in addon for addon in addons)
    return Problem(
        f"{name} has no native addon for {platform}",
        file="package.json",
        value=", ".join(addons[:3]),
        remedy=f"install and build on {platform}, or choose another `architecture` in motia.toml",
        severity="error" if was_built else "warning",
    )


def _key(output: Output) -> tuple[tuple[str, Path], ...]:
    return tuple(sorted(output.packages.items()))
