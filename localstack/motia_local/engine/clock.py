"""Time as the engine sees it: seconds since the epoch, and callbacks at a moment.

Wall-clock time, because delays and visibility timeouts outlive the process. Tests hold a `ManualClock` instead.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

# A laptop that sleeps stops the loop's clock and not the wall's: look again at least this often.
_LONGEST_WAIT_S = 60.0


class Timer(Protocol):
    """A callback to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """now: seconds since the epoch. call_at: run `callback` in the running loop at `when`, or soon after."""

    def now(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        return _SystemTimer(when, callback)


class _SystemTimer:
    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self._when = when
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        self._arm()

    def _arm(self) -> None:
        wait_s = min(max(self._when - time.time(), 0.0), _LONGEST_WAIT_S)
        self._handle = self._loop.call_later(wait_s, self._fire)

    def _fire(self) -> None:
        # The loop may call a hair early, and late by hours after a sleep; only the wall decides.
        if time.time() < self._when:
            self._arm()
        else:
            self._callback()

    def cancel(self) -> None:
        self._handle.cancel()


class ManualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._order = itertools.count()
        self._timers: list[tuple[float, int, _ManualTimer]] = []

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        timer = _ManualTimer(callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, running what falls due in its order; call it in the loop's thread."""
        self.move_to(self._now + seconds)

    def move_to(self, moment: float) -> None:
        """Move on to `moment`, seconds since the epoch."""
        while self._timers and self._timers[0][0] <= moment:
            when, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, when)
            timer.fire()
        self._now = max(self._now, moment)


class _ManualTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def fire(self) -> None:
        if self._callback is not None:
            self._callback()

    def cancel(self) -> None:
        self._callback = None
