"""Log records and traces as rows. Nothing here raises: a record of a failure must not become another."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import Any

from motia_local.engine import codec

LONGEST_LOG = 64 << 10  # characters of JSON
LONGEST_TRACE = 512 << 10
_LONGEST_TEXT = 8 << 10


@dataclass(frozen=True)
class LogRow:
    """time: milliseconds since the epoch. record: JSON."""

    time: int
    level: str
    trace_id: str | None
    step: str | None
    record: str


@dataclass(frozen=True)
class TraceRow:
    """start_time, end_time: milliseconds since the epoch. trace: JSON."""

    id: str
    group: str
    name: str
    status: str
    start_time: int
    end_time: int | None
    trace: str


def log_row(record: dict[str, Any], now: int) -> LogRow:
    kept = {"id": str(uuid.uuid4()), "time": now} | record
    text = _encode(kept)
    if len(text) > LONGEST_LOG:
        text = _encode(_shortened(kept))
    return LogRow(
        _milliseconds(kept["time"], now),
        str(kept.get("level", "info")),
        _text_or_none(kept.get("traceId")),
        _text_or_none(kept.get("step")),
        text,
    )


def trace_row(trace: dict[str, Any], now: int) -> TraceRow:
    id = str(trace.get("id") or uuid.uuid4())
    text = _encode({**trace, "id": id})
    if len(text) > LONGEST_TRACE:
        text = _encode({**trace, "id": id, "events": _first_events(trace.get("events")), "truncated": True})
    return TraceRow(
        id,
        str(trace.get("parentTraceId") or id),
        str(trace.get("name", "")),
        str(trace.get("status", "running")),
        _milliseconds(trace.get("startTime"), now),
        None if trace.get("endTime") is None else _milliseconds(trace["endTime"], now),
        text,
    )


def _encode(value: dict[str, Any]) -> str:
    try:
        return codec.encode(value)
    except (TypeError, ValueError, RecursionError):
        return codec.encode(_plain(value, 8))


def _plain(value: Any, depth: int) -> Any:
    """The nearest JSON to a value that has none."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth == 0:
        return "..."
    if isinstance(value, dict):
        return {str(key): _plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part, depth - 1) for part in value]
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _shortened(record: dict[str, Any]) -> dict[str, Any]:
    """The record's own fields, its text shortened, the user's fields left out if they are long."""
    kept: dict[str, Any] = {}
    room = LONGEST_LOG // 2
    for key, value in record.items():
        part = value[:_LONGEST_TEXT] if isinstance(value, str) else value
        size = len(_encode({key: part}))
        if size <= room:
            kept[key] = part
            room -= size
    return {**kept, "truncated": True}


def _first_events(events: Any) -> list[Any]:
    kept, room = [], LONGEST_TRACE // 2
    for event in events if isinstance(events, list) else []:
        room -= len(_encode({"event": event}))
        if room < 0:
            break
        kept.append(event)
    return kept


def _milliseconds(value: Any, otherwise: int) -> int:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1 << 62
    return int(value) if usable else otherwise


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)
