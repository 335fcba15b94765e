"""Traces: one for each attempt to run a Step, with what it did; kept by the engine's records."""

from __future__ import annotations

import time
import uuid
from typing import Any

from motia_local.engine import Records
from motia_local.workers.invocation import Failure

MOST_EVENTS = 500  # of one trace; the rest is counted
SHOW_AFTER_S = 0.25  # a run that takes longer is shown as running


class Trace:
    """One attempt."""

    __slots__ = ("began", "dropped", "events", "kind", "shown", "start_ms", "step", "trace_id", "uid")

    def __init__(self, step: str, kind: str, trace_id: str) -> None:
        self.step = step
        self.kind = kind
        self.trace_id = trace_id
        self.uid = uuid.uuid4().hex
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
            found["error"] = {"message": failure.message, "code": failure.type, "stack": failure.stack}
        if self.dropped:
            found["eventsDropped"] = self.dropped
        return found


class Tracer:
    """Begins traces, and gives them to the records when they have ended or take long."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._open: dict[str, Trace] = {}

    def begin(self, step: str, kind: str, trace_id: str) -> Trace:
        trace = Trace(step, kind, trace_id)
        self._open[trace.uid] = trace
        return trace

    def end(self, trace: Trace, failure: Failure | None) -> None:
        self._open.pop(trace.uid, None)
        self._records.add_trace(trace.to_json("failed" if failure else "completed", failure))

    def show_running(self) -> None:
        """Keep a first state of the traces that have been open for a while."""
        now = time.monotonic()
        for trace in self._open.values():
            if not trace.shown and now - trace.began > SHOW_AFTER_S:
                trace.shown = True
                self._records.add_trace(trace.to_json("running"))
