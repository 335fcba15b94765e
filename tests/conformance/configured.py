"""Configurations as the reference shows them, with changes: a Step or stream, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from conformance.written import write
from motia_project.checks import validate
from motia_project.configs import to_step, to_stream
from motia_project.discovery import discover
from motia_project.model import Language, Problem, Project, Step, Stream
from motia_project.readings import HandlerShape, Reading

LEFT_OUT = object()
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}

REQUIRED: dict[str, dict[str, Any]] = {
    "api": {"type": "api", "name": "CreateUser", "path": "/users", "method": "POST", "emits": ["user.created"]},
    "event": {
        "type": "event",
        "name": "ProcessOrder",
        "subscribes": ["order.created"],
        "input": SCHEMA,
        "emits": ["order.processed"],
    },
    "cron": {"type": "cron", "name": "DailyReport", "cron": "0 9 * * *", "emits": ["report.generated"]},
    "noop": {
        "type": "noop",
        "name": "ManualApproval",
        "virtualEmits": ["approved"],
        "virtualSubscribes": ["approval.requested"],
    },
}


def read(kind: str, changes: Mapping[str, Any]) -> tuple[Step | None, tuple[Problem, ...]]:
    """The Step of a configuration of this kind, in either language. A change to LEFT_OUT takes the key away."""
    config = {key: value for key, value in {**REQUIRED[kind], **changes}.items() if value is not LEFT_OUT}
    shape = None if kind == "noop" else HandlerShape(True, 1 if kind == "cron" else 2, 2)
    middleware = config.pop("middleware", None)

    def read_in(language: Language, file: str) -> tuple[Step | None, tuple[Problem, ...]]:
        return to_step(Reading(file, config={**config}, handler=shape, middleware=middleware), language)

    step, problems = read_in("python", "steps/a_step.py")
    twin, twins = read_in("node", "steps/a.step.ts")
    assert (step and step.config) == (twin and twin.config)
    assert [problem.key for problem in problems] == [problem.key for problem in twins]
    return step, problems


def accepted(kind: str, **changes: Any) -> Step:
    step, problems = read(kind, changes)
    assert step is not None, problems
    return step


def refused(kind: str, **changes: Any) -> Problem:
    """The one thing wrong."""
    step, problems = read(kind, changes)
    assert step is None
    assert len(problems) == 1, problems
    return problems[0]


def stream(**changes: Any) -> tuple[Stream | None, tuple[Problem, ...]]:
    config = {"name": "chatMessages", "schema": SCHEMA, "baseConfig": {"storageType": "default"}, **changes}
    config = {key: value for key, value in config.items() if value is not LEFT_OUT}
    found, problems = to_stream(Reading("steps/chat_stream.py", config={**config}), "python")
    twin, twins = to_stream(Reading("steps/chat.stream.ts", config={**config}), "node")
    assert (found and found.schema) == (twin and twin.schema)
    assert [problem.key for problem in problems] == [problem.key for problem in twins]
    return found, problems


def project(root: Path, files: Mapping[str, str]) -> Project:
    """The project that these files make."""
    return discover(write(root, {name: dedent(source) for name, source in files.items()}))


def errors(found: Project) -> list[Problem]:
    return [problem for problem in validate(found, place="local") if problem.severity == "error"]
