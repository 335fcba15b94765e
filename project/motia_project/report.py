"""Problems as plain text, grouped by file."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import indent

from motia_project.model import Problem

_PROJECT = "project"


def render(problems: Iterable[Problem]) -> str:
    """The problems as text for a person: a line for the file, below it each problem, in the order given.

    steps/create_step.py
      error: method: the method is not one of those a route can have
          value: "post"
          allowed: GET, POST
          do: write "POST"
    """
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.file or _PROJECT, []).append(problem)
    return "\n".join("\n".join([file, *(_one(problem) for problem in group)]) for file, group in groups.items())


def _one(problem: Problem) -> str:
    lines = [f"  {problem.severity}: {f'{problem.key}: ' if problem.key else ''}{problem.what}"]
    details = (("value", problem.value), ("allowed", problem.allowed), ("do", problem.remedy))
    lines += [f"      {label}: {text}" for label, text in details if text]
    if problem.traceback:
        lines.append(indent(problem.traceback, " " * 6))
    return "\n".join(lines)
