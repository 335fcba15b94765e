"""Makes calls that a test wrote down: [["state.set", "group", "key", 1], ["emit", {...}], ["trace_id"]]."""

import dataclasses
import inspect
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from uuid import UUID


class Color(Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: int


SPECIAL = {
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "bytes": lambda: bytes(range(256)),
    "datetime": lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "date": lambda: date(2026, 1, 2),
    "decimal": lambda: Decimal("1.5"),
    "uuid": lambda: UUID(int=1),
    "enum": lambda: Color.RED,
    "set": lambda: {1},
    "tuple": lambda: (1, 2),
    "dataclass": lambda: Point(1, 2),
    "object": lambda: object(),
    "response": lambda: SimpleNamespace(status=202, body={"kind": "object"}),
}


def revive(value):
    """{"$": name} anywhere in a value is what JSON cannot carry."""
    if isinstance(value, dict):
        return SPECIAL[value["$"]]() if "$" in value else {key: revive(item) for key, item in value.items()}
    return [revive(item) for item in value] if isinstance(value, list) else value


async def run(calls, context):
    """What each call gave: {"value", "kind"}, or {"error", "text"}."""
    return [await _one(path, revive(arguments), context) for path, *arguments in calls]


async def _one(path, arguments, context):
    try:
        if path == "environ":
            return {"value": os.environ.get(arguments[0])}
        target = context
        for part in path.split("."):
            target = target[part] if "-" in part else getattr(target, part)
        result = target(*arguments) if callable(target) else target
        if inspect.isawaitable(result):
            result = await result
        return {"value": result, "kind": type(result).__name__}
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}
