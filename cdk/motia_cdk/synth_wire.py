"""How a synthesis process is asked and answers: one JSON object a line.

{"stack": "environment" | "version", "request": {...}}
{"ok": StackTemplate, or null when the process is ready}
{"error": {"what", "where", "allowed", "remedy", "exit_code", "problems"}}
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from motia.errors import CloudError, MotiaError, ProjectError
from motia_project.model import InvalidProject, Problem


def error_to_json(error: MotiaError) -> dict[str, Any]:
    """The fields of an error, and the problems of an InvalidProject."""
    return {
        "what": error.what,
        "where": error.where,
        "allowed": error.allowed,
        "remedy": error.remedy,
        "exit_code": error.exit_code,
        "problems": [asdict(problem) for problem in error.problems] if isinstance(error, InvalidProject) else [],
    }


def error_from_json(raw: dict[str, Any]) -> MotiaError:
    """The same error again, of the class that its exit code stands for."""
    if raw["problems"]:
        return InvalidProject(tuple(Problem(**problem) for problem in raw["problems"]))
    kind = CloudError if raw["exit_code"] == CloudError.exit_code else ProjectError
    return kind(raw["what"], where=raw["where"], allowed=raw["allowed"], remedy=raw["remedy"])
