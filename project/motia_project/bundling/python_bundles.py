"""Bundles of Python Steps, and of the WebSocket API: trace, install, select."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from motia.descriptor import FILE_NAME
from motia_project.bundling.bytecode import find_compiler
from motia_project.bundling.cache import Cache, Memo
from motia_project.bundling.dependencies import Installed, install
from motia_project.bundling.describe import (
    STREAMS,
    STREAMS_HANDLER,
    bundle_path,
    describe_bundle,
    describe_streams,
    handler,
    step_files,
    stream_files,
)
from motia_project.bundling.include import included
from motia_project.bundling.needs import Needs
from motia_project.bundling.parts import Part, Parts
from motia_project.bundling.prepared import Prepared
from motia_project.bundling.requirements import Requirements, implicit_pydantic, read_requirements
from motia_project.bundling.target import Target
from motia_project.bundling.trace import Traced, Tracer
from motia_project.bundling.zips import Bundle
from motia_project.model import Problem, Project, Step


@dataclass
class _Plan:
    """A bundle before its packages are known. steps: none in that of the streams."""

    path: str
    steps: list[Step] = field(default_factory=list)
    traced: Traced = field(default_factory=lambda: Traced((), (), ()))
    included: list[str] = field(default_factory=list)


def python_bundles(
    project: Project,
    root: Path,
    dist: Path,
    target: Target,
    store: Cache,
    memo: Memo,
    say: Callable[[str], None],
    problems: list[Problem],
) -> Prepared | None:
    """The Python bundles of a project, None when it needs none; what is wrong is added to `problems`.

    Raises InvalidProject for requirements that cannot be installed, ProjectError without the package index.
    """
    tracer = Tracer(root, target, memo)
    plans = _plan(project, root, dist, tracer, problems)
    if not plans:
        return None
    requirements = read_requirements(root)
    installed = _install(plans, tracer, requirements, target, store, say, problems)
    needs = Needs(root, target, requirements, installed.index, tracer)
    always = _always(project, tracer, needs, problems)
    chosen = {plan.path: _distributions(plan, always, needs, problems) for plan in plans}
    if any(problem.severity == "error" for problem in problems):
        return None
    parts = Parts(root, store, memo, installed, find_compiler(root, target))
    runtime = parts.runtime()
    files = {file for plan in plans for file in (*plan.traced.files, *plan.included)} | {*always.files}
    return Prepared(
        bundles=[_bundle(project, target, plan, [runtime], always.files, chosen[plan.path], parts) for plan in plans],
        parts=parts,
        inputs=[*(root / file for file in sorted(files)), *requirements.files, *requirements.local],
        used={"deps": {installed.key}},
    )


def _plan(project: Project, root: Path, dist: Path, tracer: Tracer, problems: list[Problem]) -> list[_Plan]:
    plans: dict[str, _Plan] = {}
    for step in project.steps:
        if step.type == "noop" or step.language != "python":
            continue
        plan = plans.setdefault(bundle_path(project, step), _Plan(bundle_path(project, step)))
        plan.steps.append(step)
        plan.included += included(root, step, dist, problems)
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
    target: Target,
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
    entry_point = handler(plan.steps) if plan.steps else STREAMS_HANDLER
    names = tuple(step.name for step in plan.steps)
    return Bundle(plan.path, names, tuple(ordered), entry_point, target.runtime)
