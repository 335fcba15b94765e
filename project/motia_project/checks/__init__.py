"""What can be wrong with a project as a whole. One check a file; each takes a Project and yields Problems.

`validate` reports everything at once: what discovery found, then what the checks find, in a stable order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from motia_project.checks import (
    aws_adapters,
    aws_events,
    aws_limits,
    aws_schedules,
    empty,
    fifo_emits,
    included_files,
    package_json,
    routes,
    step_names,
    stream_names,
    topics,
)
from motia_project.model import InvalidProject, Problem, Project

Place = Literal["aws", "local"]

CHECKS: tuple[Callable[[Project], Iterator[Problem]], ...] = (
    empty.check,
    step_names.check,
    stream_names.check,
    routes.check,
    topics.check,
    fifo_emits.check,
    included_files.check,
    package_json.check,
)
AWS_CHECKS: tuple[Callable[[Project], Iterator[Problem]], ...] = (
    aws_schedules.check,
    aws_limits.check,
    aws_events.check,
    aws_adapters.check,
)


def validate(project: Project, *, place: Place = "aws") -> tuple[Problem, ...]:
    """Everything wrong with the project. place: "local" leaves out what AWS alone cannot do, but warns of schedules."""
    checks = CHECKS if place == "local" else (*CHECKS, *AWS_CHECKS)
    problems = [*project.problems, *(problem for check in checks for problem in check(project))]
    if place == "local":
        problems += [replace(problem, severity="warning") for problem in aws_schedules.check(project)]
    return tuple(problems)


def require_valid(project: Project, *, place: Place = "aws") -> tuple[Problem, ...]:
    """The warnings about a project without errors. Raises InvalidProject, with everything that is wrong, otherwise."""
    problems = validate(project, place=place)
    if any(problem.severity == "error" for problem in problems):
        raise InvalidProject(problems)
    return problems
