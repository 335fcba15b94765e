"""What a worker keeps in memory it shares with the server, so that it outlives the worker: no crash can unwrite it.

Eight 64-bit numbers, of which four are used, then one 16-bit number for each connection the worker may hold.
"""

from __future__ import annotations

import mmap

STARTED = 0  # id of the last invocation it began (ids grow)
LOADING = 1  # 1 + position of the Step it is importing, 0 when none
BEAT = 2  # monotonic milliseconds at which it was last seen to be alive, 0 while it has nothing to do
REVOKED = 3  # written by the server: what has an id up to this one and has not begun must not begin

PLACES = 4096  # connections; what the number of one says:
IDLE = 0  # nothing of a request has been read
READING = 1  # some of it has
ANSWERING = 2  # some of its answer has been written
RUNNING = 3  # and the positions of the Steps above it: which one answers
PASSED = 65_535  # it came with what others had read of it, and nobody has looked at it yet

_NUMBERS = 64  # bytes
SIZE = _NUMBERS + 2 * PLACES


class Shared:
    """Either side's view of the memory behind `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        view = memoryview(mmap.mmap(descriptor, SIZE))
        self.numbers = view[:_NUMBERS].cast("Q")
        self.places = view[_NUMBERS:].cast("H")
