"""`includeFiles`: what a Step asks for is there, and inside the project."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """A path that does not exist, or leads out of the project, is an error; a pattern without a match a warning."""
    asking = [step for step in project.steps if step.include_files]
    if not asking:
        return
    from motia_project.bundling.include import include_files

    for step in asking:
        yield from include_files(project.root, step, project.root / "dist").problems
