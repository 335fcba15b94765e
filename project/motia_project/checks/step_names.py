"""Names of Steps: each its own, also as names of AWS resources."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.model import Problem, Project, Step

SHOWN_WHOLE = 40  # longer names are shortened in names of AWS resources


def check(project: Project) -> Iterator[Problem]:
    """No two Steps share a name; names that differ by case alone, or are long, are worth a warning."""
    by_name: dict[str, Step] = {}
    by_id: dict[str, Step] = {}
    for step in project.steps:
        if step.name in by_name:
            yield Problem(
                "the name is taken by another Step",
                file=step.file,
                key="name",
                value=f'"{step.name}"',
                remedy=f"rename this one or the one in {by_name[step.name].file}",
            )
            continue
        by_name[step.name] = step
        twin = by_id.setdefault(step.id.lower(), step)
        if twin is not step:
            yield Problem(
                f"the name is told from that of {twin.file} by upper and lower case alone"
                if twin.id != step.id
                else f"the name gives AWS resources the same names as that of {twin.file}",
                file=step.file,
                key="name",
                value=f'"{step.name}"',
                remedy="rename one of them",
                severity="warning" if twin.id != step.id else "error",
            )
        if len(step.name) > SHOWN_WHOLE:
            yield Problem(
                f"the name has {len(step.name)} characters; names of AWS resources show it shortened",
                file=step.file,
                key="name",
                value=f'"{step.name}"',
                allowed=f"{SHOWN_WHOLE} characters are shown whole",
                severity="warning",
            )
