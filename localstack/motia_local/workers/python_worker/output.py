"""What Steps print, line by line, marked with who printed it.

A line on the pipe is `\\x1eSTEP\\x1fTRACE\\x1fTEXT\\n` when a Step printed it and `TEXT\\n` when it is not known who
did (a C library, a child process). Writes go straight to the file descriptor: what was printed before a crash is
not lost.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable

MARK, SEPARATOR = "\x1e", "\x1f"
LINE_LIMIT = 16 * 1024  # characters kept while waiting for the end of a line


class StepOutput(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a worker."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, descriptor: int, who: Callable[[], tuple[str, str] | None]) -> None:
        self._descriptor = descriptor
        self._who = who
        self._lock = threading.Lock()
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
        head = f"{MARK}{who[0]}{SEPARATOR}{who[1]}{SEPARATOR}" if who else ""
        data = "".join(f"{head}{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                return  # the server is gone; so is this process soon
