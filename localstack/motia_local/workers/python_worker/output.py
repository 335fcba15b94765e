"""What Steps print, line by line, marked with who printed it.

What an invocation prints goes the way of its logs, so that both are shown in the order they were written in. It is
sent at once: what was printed before a crash is not lost. The rest goes straight to the file descriptor: a line on the
pipe is `\\x1eSTEP\\x1fTRACE\\x1fTEXT\\n` when a Step printed it (a child that it forked, more than may be sent) and
`TEXT\\n` when it is not known who did (a C library, another program).
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from typing import Any

from .backend import Budget

MARK, SEPARATOR = "\x1e", "\x1f"
LINE_LIMIT = 16 * 1024  # characters kept while waiting for the end of a line
FRAME_SIZE = 512 * 1024  # bytes sent at a time
BURST = 10_000  # times that one stream may send something at once ...
RATE = 2_000  # ... and per second after that: the pipe costs the server less


class StepOutput(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a worker. who: tells who is printing. say: sends a frame at once."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(
        self,
        descriptor: int,
        who: Callable[[], tuple[str, str] | None],
        say: Callable[[dict[str, Any], bytes], None],
    ) -> None:
        self._descriptor = descriptor
        self._who = who
        self._say = say
        self._process = os.getpid()
        self._budget = Budget(BURST, RATE)
        self._lock = threading.RLock()  # what is collected as garbage in the midst of a line may print another
        self._open_lines: dict[tuple[str, str] | None, str] = {}
        self.buffer = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115 - lives as long as the process

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        who = self._who()
        with self._lock:
            lines = (self._open_lines.pop(who, "") + text).split("\n")
            rest = lines.pop()
            if len(rest) > LINE_LIMIT:
                lines.append(rest)
                rest = ""
            if rest:
                self._open_lines[who] = rest
            if lines:
                self._put(who, lines)
        return len(text)

    def flush(self) -> None:
        """Nothing waits but the open lines, which wait for their end."""

    def finish(self, who: tuple[str, str] | None) -> None:
        """Write the open line of one invocation, which has ended."""
        if who in self._open_lines:
            with self._lock:
                self._put(who, [self._open_lines.pop(who, "")])

    def _put(self, who: tuple[str, str] | None, lines: list[str]) -> None:
        if who is not None and os.getpid() == self._process and self._budget.take():
            header = {"t": "printed", "fd": self._descriptor, "step": who[0], "traceId": who[1]}
            text = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
            for at in range(0, len(text), FRAME_SIZE):
                self._say(header, text[at : at + FRAME_SIZE])
            return
        head = f"{MARK}{who[0]}{SEPARATOR}{who[1]}{SEPARATOR}" if who else ""
        data = "".join(f"{head}{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                return  # the server is gone; so is this process soon
