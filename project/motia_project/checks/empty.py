"""A project without Steps."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.finder import FOLDERS
from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """There is at least one Step; where one is broken, that says enough."""
    if project.steps or any(problem.severity == "error" for problem in project.problems):
        return
    present = [f"{folder}/" for folder in FOLDERS if (project.root / folder).is_dir()]
    where = f"under {' and '.join(present)}" if present else "and neither a steps/ nor a src/ folder"
    yield Problem(
        f"the project has no Steps {where}",
        allowed="*_step.py, *.step.ts, *.step.js",
        remedy="write a Step, such as steps/hello_step.py or steps/hello.step.ts",
    )
