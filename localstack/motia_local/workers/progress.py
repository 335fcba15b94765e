"""How far a worker has come, in memory it shares with the server (`python_worker.shared`)."""

from __future__ import annotations

import os
import tempfile

from motia_local.workers.python_worker.shared import BEAT, LOADING, REVOKED, SIZE, STARTED, Shared


class Progress:
    """The server's view of one worker's numbers. `fd` is inherited by the worker."""

    def __init__(self) -> None:
        self.fd = _memory()
        os.ftruncate(self.fd, SIZE)
        self.shared = Shared(self.fd)

    @property
    def started(self) -> int:
        """Id of the last invocation it began."""
        return int(self.shared.numbers[STARTED])

    @property
    def loading(self) -> int:
        """1 + position of the Step it is importing, 0 when none."""
        return int(self.shared.numbers[LOADING])

    @property
    def beat_ms(self) -> int:
        """When its watchdog was last awake, in monotonic milliseconds; 0 while nothing runs."""
        return int(self.shared.numbers[BEAT])

    def revoke(self, until: int) -> None:
        """Forbid the worker to begin what has an id up to this one; look at `started` afterwards."""
        self.shared.numbers[REVOKED] = until

    def close_fd(self) -> None:
        """The worker has its own copy now."""
        os.close(self.fd)


def _memory() -> int:
    if hasattr(os, "memfd_create"):  # in memory: a worker that writes to it, instead of mapping it, touches no disk
        return os.memfd_create("motia-progress")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
