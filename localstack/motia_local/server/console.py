"""The server's console: log lines as people read them, or as JSON. A slow reader of it slows nothing down.

[3:10:34 PM] K2KDW-0234710 [INFO] CreateOrder Order received
├ order_id: 7
└ total: 380
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections import deque
from typing import IO, Any

from motia_local.workers.output import OutputLine

LINES_WAITING = 20_000  # above which the oldest are dropped
_OWN = ("id", "time", "timestamp", "level", "step", "traceId", "flows", "msg")
_COLOURS = {"debug": 35, "info": 34, "warn": 33, "error": 31, "dim": 2, "step": 36, "green": 32}


class Console:
    """Prints from a thread of its own. json_lines: records as JSON. stream: standard output by default."""

    def __init__(self, *, json_lines: bool = False, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout
        self._json = json_lines
        self._colours = not json_lines and self._stream.isatty() and "NO_COLOR" not in os.environ
        self._waiting: deque[str] = deque(maxlen=LINES_WAITING)
        self._more = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="console", daemon=True)
        self._thread.start()

    def record(self, record: dict[str, Any]) -> None:
        """One log record: {time (milliseconds), level, step, traceId, msg, ...}."""
        if self._json:
            self._put(json.dumps(record, ensure_ascii=False, default=str))
            return
        level = str(record.get("level", "info"))
        head = self._head(record.get("time"), record.get("traceId"))
        lines = [f"{head} {self._paint(f'[{level.upper()}]', level)} {self._step(record.get('step'))} {record['msg']}"]
        lines += self._tree({key: value for key, value in record.items() if key not in _OWN})
        self._put("\n".join(lines))

    def output(self, line: OutputLine, step: str | None) -> None:
        """A line that a Step, or something below it, printed."""
        if self._json:
            told = {"level": line.stream, "step": step, "traceId": line.trace_id, "msg": line.text}
            self._put(json.dumps({"time": _now_ms(), **told}, ensure_ascii=False))
            return
        tag = self._paint(f"[{line.stream}]", "dim")
        self._put(
            " ".join(part for part in (self._head(None, line.trace_id), tag, self._step(step), line.text) if part)
        )

    def say(self, text: str, mark: str = "", colour: str = "dim") -> None:
        """A line of the server itself. mark: one character before it."""
        if self._json:
            self._put(json.dumps({"time": _now_ms(), "level": "server", "msg": text}, ensure_ascii=False))
        else:
            self._put(f"{self._paint(mark, colour)} {text}" if mark else text)

    def close(self, within_s: float = 2.0) -> None:
        """Write what waits."""
        self._closing = True
        self._more.set()
        self._thread.join(within_s)

    def _put(self, text: str) -> None:
        self._waiting.append(text)
        if not self._more.is_set():
            self._more.set()

    def _write(self) -> None:
        while not (self._closing and not self._waiting):
            self._more.wait()
            self._more.clear()
            lines = []
            while self._waiting:
                lines.append(self._waiting.popleft())
            try:
                text = "\n".join(lines) + "\n" if lines else ""
                encoding = self._stream.encoding or "utf-8"
                self._stream.write(text.encode(encoding, "replace").decode(encoding))
                self._stream.flush()
            except (OSError, ValueError):
                return  # nobody reads any more
            if self._closing:
                self._more.set()

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS.get(colour, 0)}m{text}\x1b[0m" if self._colours and text else text

    def _head(self, milliseconds: Any, trace_id: Any) -> str:
        seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) else None
        clock = time.strftime("%I:%M:%S %p", time.localtime(seconds)).lstrip("0")
        return self._paint(f"[{clock}]", "dim") + (f" {self._paint(str(trace_id), 'dim')}" if trace_id else "")

    def _step(self, step: Any) -> str:
        return self._paint(str(step), "step") if step else ""

    def _tree(self, fields: dict[str, Any], depth: int = 0, indent: str = "") -> list[str]:
        lines: list[str] = []
        for position, (key, value) in enumerate(fields.items()):
            last = position == len(fields) - 1
            branch, below = ("└", "  ") if last else ("├", "│ ")
            if isinstance(value, dict | list) and value:
                opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
                if depth >= 2:
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


class ConsoleHandler(logging.Handler):
    """Takes what our own parts and uvicorn log the way of the Python library."""

    LOGGERS = ("motia.engine", "uvicorn.error")

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        error = record.levelno >= logging.ERROR
        self._console.say(self.format(record), "✗" if error else "!", "error" if error else "warn")

    def attach(self) -> None:
        """Take from now on; uvicorn's complaints about what clients send are left out."""
        for name in self.LOGGERS:
            logger = logging.getLogger(name)
            logger.addHandler(self)
            logger.propagate = False
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    def detach(self) -> None:
        """Take no more."""
        for name in self.LOGGERS:
            logging.getLogger(name).removeHandler(self)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
