"""Log records as people read them.

[3:10:34 PM] K2KDW-0234710 [INFO] CreateOrder Order received
├ order_id: 7
└ total: 380
"""

from __future__ import annotations

import json
import time
from typing import Any

_OWN = ("id", "time", "timestamp", "level", "step", "traceId", "flows", "msg")
_COLOURS = {"debug": 35, "info": 34, "warn": 33, "error": 31, "dim": 2, "step": 36, "green": 32}
_DEEPEST = 2


class RecordLines:
    """Writes records as lines. colours: with the escape sequences of a terminal."""

    def __init__(self, *, colours: bool = False) -> None:
        self._colours = colours

    def record(self, record: dict[str, Any]) -> str:
        """One record: {time (milliseconds), level, step, traceId, msg, ...}; several lines when it has more fields."""
        level = str(record.get("level", "info"))
        head = self.head(record.get("time"), record.get("traceId"))
        tag = self.paint(f"[{level.upper()}]", level)
        lines = [f"{head} {tag} {self.step(record.get('step'))} {record.get('msg', '')}"]
        lines += self._tree(_fields(record))
        return "\n".join(lines)

    def head(self, milliseconds: Any, trace_id: Any) -> str:
        """The time of day, now when there is none, and the trace id."""
        seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) else None
        clock = time.strftime("%I:%M:%S %p", time.localtime(seconds)).lstrip("0")
        return self.paint(f"[{clock}]", "dim") + (f" {self.paint(str(trace_id), 'dim')}" if trace_id else "")

    def step(self, name: Any) -> str:
        """A Step's name."""
        return self.paint(str(name), "step") if name else ""

    def paint(self, text: str, colour: str) -> str:
        """Text in a colour: a level's name, dim, step or green."""
        return f"\x1b[{_COLOURS.get(colour, 0)}m{text}\x1b[0m" if self._colours and text else text

    def _tree(self, fields: dict[str, Any], depth: int = 0, indent: str = "") -> list[str]:
        lines: list[str] = []
        for position, (key, value) in enumerate(fields.items()):
            last = position == len(fields) - 1
            branch, below = ("└", "  ") if last else ("├", "│ ")
            if isinstance(value, dict | list) and value:
                opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
                if depth >= _DEEPEST:
                    lines.append(f"{indent}{branch} {key}: {opening}...{closing}")
                    continue
                inner = value if isinstance(value, dict) else {str(n): item for n, item in enumerate(value)}
                lines.append(f"{indent}{branch} {key}: {opening}")
                lines += self._tree(inner, depth + 1, indent + below)
                lines.append(f"{indent}{below}{closing}".rstrip())
            else:
                first, *more = _text(value).split("\n")
                lines.append(f"{indent}{branch} {key}: {first}")
                lines += [f"{indent}{below}  {line}" for line in more]
        return lines


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    """What the Step gave; what it named like a field of the record is under `args`."""
    fields = {key: value for key, value in record.items() if key not in _OWN}
    args = fields.get("args")
    if isinstance(args, dict) and args and args.keys() <= set(_OWN):
        del fields["args"]
        return {**args, **fields}
    return fields


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
