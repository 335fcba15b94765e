"""Traces: one for each attempt to run a Step, with what it did; kept by the engine's records."""

from __future__ import annotations

import time
import uuid
from typing import Any

from motia_local.engine import Records
from motia_local.workers.invocation import Failure

MOST_EVENTS = 500  # of one trace; the rest is counted
SHOW_AFTER_S = 0.25  # a run that takes longer is shown as running
PLAIN_BURST = 1_000  # traces of requests that succeeded and did nothing worth an event, kept at once ...
PLAIN_RATE = 100  # ... and per second after that: under load they would only drive out the others


class Trace:
    """One attempt."""

    __slots__ = ("began", "dropped", "events", "kind", "shown", "start_ms", "step", "trace_id", "uid")

    def __init__(self, step: str, kind: str, trace_id: str) -> None:
        self.step = step
        self.kind = kind
        self.trace_id = trace_id
        self.uid = ""
        self.start_ms = time.time_ns() // 1_000_000
        self.began = time.monotonic()
        self.events: list[dict[str, Any]] = []
        self.dropped = 0
        self.shown = False

    def add(self, event: dict[str, Any]) -> None:
        """Something the Step did: {type, timestamp, ...}."""
        if len(self.events) < MOST_EVENTS:
            self.events.append(event)
        else:
            self.dropped += 1

    def to_json(self, status: str, failure: Failure | None = None) -> dict[str, Any]:
        """The trace as it is kept (contract, section i)."""
        self.uid = self.uid or str(uuid.uuid4())
        found: dict[str, Any] = {
            "id": self.uid,
            "name": self.step,
            "parentTraceId": self.trace_id,
            "status": status,
            "startTime": self.start_ms,
            "entryPoint": {"type": self.kind, "stepName": self.step},
            "events": self.events,
        }
        if status != "running":
            found["endTime"] = time.time_ns() // 1_000_000
        if failure is not None:
            found["error"] = failure.to_json()
        if self.dropped:
            found["eventsDropped"] = self.dropped
        return found


class Tracer:
    """Begins traces, and gives them to the records when they have ended or take long."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._open: set[Trace] = set()
        self._plain_left = float(PLAIN_BURST)
        self._filled_at = time.monotonic()
        self.skipped = 0

    def begin(self, step: str, kind: str, trace_id: str) -> Trace:
        """A Step is about to run."""
        trace = Trace(step, kind, trace_id)
        self._open.add(trace)
        return trace

    def end(self, trace: Trace, failure: Failure | None) -> None:
        """It has run."""
        self._open.discard(trace)
        if failure is None and trace.kind == "api" and not (trace.events or trace.shown) and not self._may_keep_plain():
            self.skipped += 1
            return
        self._records.add_trace(trace.to_json("failed" if failure else "completed", failure))

    def show_running(self) -> None:
        """Keep a first state of the traces that have been open for a while."""
        now = time.monotonic()
        for trace in self._open:
            if not trace.shown and now - trace.began > SHOW_AFTER_S:
                trace.shown = True
                self._records.add_trace(trace.to_json("running"))

    def _may_keep_plain(self) -> bool:
        if self._plain_left < 1:
            now = time.monotonic()
            self._plain_left = min(float(PLAIN_BURST), self._plain_left + (now - self._filled_at) * PLAIN_RATE)
            self._filled_at = now
            if self._plain_left < 1:
                return False
        self._plain_left -= 1
        return True
