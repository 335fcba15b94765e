"""Schedules that AWS cannot express."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.cron import CronError, translate
from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """Every cron expression can be translated for EventBridge."""
    for step in project.steps:
        if step.cron is None:
            continue
        try:
            translate(step.cron, step.timezone)
        except CronError as wrong:
            yield Problem(
                wrong.what,
                file=step.file,
                key="cron",
                value=f'"{step.cron}"',
                allowed=wrong.allowed,
                remedy=wrong.remedy,
            )
