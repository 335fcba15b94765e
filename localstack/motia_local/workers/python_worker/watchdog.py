"""A thread that notices when the event loop stands still, and speaks for the worker until it turns again.

It gives back what has not begun, so that it runs elsewhere, says which invocation holds the loop and where, and ends
the process when the server is gone. It looks seldom while nothing runs: code that a Step has left behind may hold the
loop then.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from .channel import Channel, ServerGone
from .frames import FrameError
from .runner import Runner
from .serving.runs import RequestRun, RequestRuns
from .shared import BEAT
from .sources import is_project_file

BEAT_S = 0.25
REST_S = 1.0  # between two looks while nothing runs
STUCK = 2  # looks one after another at which the loop has not turned
_RUNS = (Runner._run.__code__, RequestRuns._run.__code__)


class Watchdog(threading.Thread):
    """Watches the loop of the thread that makes it."""

    def __init__(
        self,
        runner: Runner,
        channel: Channel,
        numbers: Any,
        call: Callable[..., Any],
        receive: Callable[..., None],
    ) -> None:
        """numbers: shared with the server. call: the loop's call_soon_threadsafe. receive: takes a frame, in it."""
        super().__init__(name="watchdog", daemon=True)
        self.awake = threading.Event()
        self.loading = False  # importing blocks the loop for as long as it takes
        self.patient = False  # somebody looks at a breakpoint: only the server's end matters
        self.pydev_do_not_trace = True  # a breakpoint stops every thread but this one
        self.return_arrived: Callable[[], None] = lambda: None  # gives back connections that nobody has looked at
        self._runner = runner
        self._channel = channel
        self._numbers = numbers
        self._call = call
        self._receive = receive
        self._watched = threading.get_ident()
        self._beats = 0

    def wake(self) -> None:
        """Something is about to run."""
        if not self.awake.is_set():
            self._numbers[BEAT] = _now_ms()
            self.awake.set()

    def run(self) -> None:
        pause = threading.Event()
        missed, asked, begun = 0, -1, False
        while True:
            resting = missed < STUCK and not (begun or self._busy)
            if resting:
                self.awake.clear()
                self._numbers[BEAT] = 0
                resting = not self._busy
            else:
                self._numbers[BEAT] = _now_ms()
            if asked != self._beats:
                asked = self._beats
                self._call(self._beat)
            begun = self.awake.wait(REST_S) if resting else pause.wait(BEAT_S)
            if asked != self._beats:
                if missed >= STUCK:
                    self._channel.send({"t": "unstuck"})
                missed = 0
                continue
            missed = 0 if begun else missed + 1
            if missed >= STUCK:
                self._speak(first=missed == STUCK)

    @property
    def _busy(self) -> bool:
        return bool(self._runner.active) or self.loading

    def _beat(self) -> None:
        self._beats += 1
        self._runner.stop_late()

    def _speak(self, *, first: bool) -> None:
        returned = []
        try:
            for header, body in self._channel.read():
                if header["t"] == "invoke" and not self.patient:
                    returned.append(header["id"])
                else:
                    self._call(self._receive, header, body)
        except (ServerGone, FrameError):
            self._channel.gone()
        if self.patient:
            return
        for number in list(self._runner.waiting):
            if self._runner.waiting.pop(number, 0) is None:
                returned.append(number)
        if self.loading:
            return
        if first:
            current, where = self._holder()
            active = self._runner.active.get(current or 0)
            if isinstance(active, RequestRun):
                active.announce()
            deadlines = [run.deadline for run in ([active] if active else list(self._runner.active.values()))]
            left = max(deadlines) - time.monotonic() if deadlines else 0.0
            self._channel.send({"t": "stuck", "current": current, "where": where, "left": left, "ids": returned})
        elif returned:
            self._channel.send({"t": "returned", "ids": returned})
        self.return_arrived()
        self._channel.flush()

    def _holder(self) -> tuple[int | None, str]:
        """The invocation whose code runs on the loop's thread, and the line of the project it is at."""
        frame = sys._current_frames().get(self._watched)
        root = os.path.realpath(self._runner.root)
        where = ""
        while frame is not None:
            if not where and is_project_file(root, frame.f_code.co_filename):
                where = f"{os.path.relpath(frame.f_code.co_filename, root)}:{frame.f_lineno}"
            if frame.f_code in _RUNS:
                return _local(frame, "number"), where
            frame = frame.f_back
        return None, where


def _local(frame: FrameType, name: str) -> int | None:
    value = frame.f_locals.get(name)
    return value if isinstance(value, int) else None


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
