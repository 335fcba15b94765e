"""Routes: a method and a path lead to one Step."""

from __future__ import annotations

from collections.abc import Iterator

from motia.paths import compile_path
from motia_project.model import Problem, Project, Step

RESERVED = ("POST", "/emit")  # sends an event; deployed nobody would, so that the Step would answer there alone


def check(project: Project) -> Iterator[Problem]:
    """No two api Steps answer the same method and path, whatever they call the parameters in it; none answers what the
    local server answers itself."""
    taken: dict[tuple[str, str], Step] = {}
    for step in project.steps:
        if step.method is None or step.path is None:
            continue
        if (step.method, compile_path(step.path).literal) == RESERVED:
            yield Problem(
                f"the path {step.path!r} is taken: {' '.join(RESERVED)} belongs to the local server",
                file=step.file,
                key="path",
                value=f"{step.method} {step.path}",
                remedy="change the path or the method",
            )
            continue
        for shape in shapes(step.path):
            first = taken.setdefault((step.method, shape), step)
            if first is not step:
                same = "the same route" if first.path == step.path else f'the same route as "{first.path}"'
                yield Problem(
                    f"{same} is taken by the Step {first.name!r}",
                    file=step.file,
                    key="path",
                    value=f"{step.method} {step.path}",
                    remedy=f"change the path or the method here or in {first.file}",
                )
                break


def shapes(path: str) -> tuple[str, ...]:
    """The routes a path stands for, parameters without their names: two with an optional parameter, else one."""
    pattern = compile_path(path)
    segments = [":" if static is None else static for static in pattern.statics]
    plain = "/" + "/".join(segments)
    if pattern.wildcard:
        return (f"{plain.rstrip('/')}/*",)
    return (plain, f"{plain.rstrip('/')}/:") if pattern.optional else (plain,)
