"""Two numbers a worker keeps in memory it shares with the server, so that they outlive it: no crash can unwrite them.

started: id of the last invocation it began (ids grow). loading: 1 + position of the Step it is importing, 0 when none.
"""

from __future__ import annotations

import mmap
import os
import tempfile

SIZE = 16


class Progress:
    """The server's view of one worker's numbers. `fd` is inherited by the worker."""

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(bytes(SIZE))
            file.flush()
            self.fd = os.dup(file.fileno())
        self._map = mmap.mmap(self.fd, SIZE)
        self._numbers = memoryview(self._map).cast("Q")

    @property
    def started(self) -> int:
        return int(self._numbers[0])

    @property
    def loading(self) -> int:
        return int(self._numbers[1])

    def close_fd(self) -> None:
        """The worker has its own copy now."""
        os.close(self.fd)
