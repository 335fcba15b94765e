"""`context.logger`: records of a Step, tagged with its name, trace and flows. Nothing here raises into a Step."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from enum import Enum
from typing import Any

from motia.backend import LogSink, NoTrace, TraceSink
from motia.printable import printable

LEVELS = {"debug": 10, "info": 20, "warn": 30, "warning": 30, "error": 40, "critical": 50}
_RESERVED = frozenset({"timestamp", "level", "step", "traceId", "flows", "msg"})

Listener = Callable[[str, str, Any], object]


class Logger:
    """Writes `{timestamp, level, step, traceId, flows, msg, ...args}` at or above LOG_LEVEL (default info).

    args: a dict, whose entries become entries of the record (those named like one of the record's own are kept under
    `args`), an object with attributes, an exception, or a single value (kept under `data`).
    """

    def __init__(self, step: str, trace_id: str, flows: list[str], sink: LogSink, trace: TraceSink) -> None:
        self.step = step
        self.trace_id = trace_id
        self.flows = flows
        self.listeners: list[Listener] = []
        self._sink = sink
        self._trace = None if isinstance(trace, NoTrace) else trace
        self._threshold = LEVELS.get(os.environ.get("LOG_LEVEL", "info").lower(), LEVELS["info"])

    def debug(self, message: Any, args: Any = None) -> None:
        """Detail for the developer."""
        self._log("debug", message, args)

    def info(self, message: Any, args: Any = None) -> None:
        """What happened."""
        self._log("info", message, args)

    def warn(self, message: Any, args: Any = None) -> None:
        """What may become a problem."""
        self._log("warn", message, args)

    warning = warn

    def error(self, message: Any, args: Any = None) -> None:
        """What went wrong."""
        self._log("error", message, args)

    def exception(self, message: Any, args: Any = None) -> None:
        """As `error`, with the exception being handled as `error`."""
        current = sys.exc_info()[1]
        fields = _fields(args)
        self._log("error", message, {"error": current, **fields} if current else fields)

    def add_listener(self, listener: Listener) -> None:
        """Call `listener(level, message, args)` for every record written from now on."""
        self.listeners.append(listener)

    def _log(self, level: str, message: Any, args: Any) -> None:
        if LEVELS[level] < self._threshold:
            return
        text = message if isinstance(message, str) else str(printable(message))
        now = time.time_ns() // 1_000_000
        fields = _fields(args)
        record: dict[str, Any] = {
            "timestamp": _iso(now),
            "level": level,
            "step": self.step,
            "traceId": self.trace_id,
            "flows": list(self.flows),
            "msg": text,
        }
        metadata = {key: value for key, value in fields.items() if key not in _RESERVED}
        if len(metadata) < len(fields):
            metadata["args"] = {key: value for key, value in fields.items() if key in _RESERVED}
        self._deliver({**record, **metadata}, now)
        for listener in self.listeners:
            try:
                listener(level, text, args)
            except Exception as broken:
                self._deliver(
                    {**record, "level": "warn", "msg": "a log listener failed", "error": printable(broken)}, now
                )

    def _deliver(self, record: dict[str, Any], now: int) -> None:
        try:
            self._sink.write(record)
        except Exception as broken:
            print(f"log record lost: {broken!r}", file=sys.stderr)
        if self._trace is not None:
            metadata = {key: value for key, value in record.items() if key not in ("timestamp", "level", "msg")}
            event = {"level": record["level"], "message": record["msg"], "metadata": metadata}
            self._trace.add({"type": "log", "timestamp": now, **event})


def _fields(args: Any) -> dict[str, Any]:
    if args is None:
        return {}
    if isinstance(args, BaseException):
        return {"error": printable(args)}
    found = printable(args)
    shown_by_repr = isinstance(found, str) and not isinstance(args, str | Enum)
    if shown_by_repr and hasattr(args, "__dict__") and not callable(args):
        found = printable({key: value for key, value in vars(args).items() if not key.startswith("_")})
    return found if isinstance(found, dict) else {"data": found}


def _iso(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}Z"
