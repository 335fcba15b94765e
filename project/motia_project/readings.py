"""What the files of a project say, before it is validated."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motia_project.missing_module import remedy_for_missing_module
from motia_project.model import Problem


@dataclass(frozen=True)
class HandlerShape:
    """What a file's `handler` is. required, accepts: positional arguments, None where any number is possible.
    kind: function, generator or class.
    """

    callable: bool
    required: int
    accepts: int | None
    keyword_only: tuple[str, ...] = ()
    text: str = ""
    kind: str = "function"


@dataclass(frozen=True)
class Reading:
    """What one file says, before it is validated.

    config: JSON, None if the file has none that can be read. middleware: names of the functions, None without the key.
    can_access: `canAccess` is a function. outside: files outside of the project that it was compiled from, absolute.
    """

    file: str
    config: dict[str, Any] | None = None
    handler: HandlerShape | None = None
    middleware: list[str] | None = None
    can_access: bool = False
    problems: tuple[Problem, ...] = field(default=())
    outside: tuple[str, ...] = ()


def to_reading(root: Path, message: dict[str, Any]) -> Reading:
    """The Reading in one answer about a file, `motia_project.reading.child.answer`."""
    file = message["file"]
    shape = message.get("handler")
    if shape is not None:
        shape = HandlerShape(**{**shape, "keyword_only": tuple(shape["keyword_only"])})
    problems = []
    for raw in message["problems"]:
        if missing := raw.pop("missing_module", None):
            raw["remedy"] = remedy_for_missing_module(root, missing)
        problems.append(Problem(**{key: value for key, value in raw.items() if value}, file=file))
    return Reading(
        file,
        config=message.get("config"),
        handler=shape,
        middleware=message.get("middleware"),
        can_access=message.get("can_access", False),
        problems=tuple(problems),
    )
