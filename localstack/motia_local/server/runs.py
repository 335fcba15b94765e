"""Running Steps for requests, events and ticks: a trace for each, and its failure told once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motia.errors import StepError
from motia.http import HttpRequest, HttpResponse
from motia.ids import new_trace_id
from motia.response import SERVER_ERROR
from motia_local.engine import CronJob, Delivery
from motia_local.server.input_check import compare
from motia_local.server.services import StepServices
from motia_local.server.traces import Trace, Tracer
from motia_local.workers.invocation import Failure, Invocation, Outcome
from motia_local.workers.pools import Pools
from motia_project.model import Step


class AttemptFailed(StepError):
    """An attempt at an event failed; the queue decides what comes next."""


class Runs:
    """The three ways a Step is run, each with its trace."""

    def __init__(self, pool: Pools[Any], services: StepServices, tracer: Tracer) -> None:
        self._pool = pool
        self._services = services
        self._tracer = tracer

    async def api(self, step: Step, trace_id: str, request: HttpRequest) -> HttpResponse:
        """Answer a request; 500 when the Step fails."""
        trace = self._tracer.begin(step.name, "api", trace_id)
        invocation = Invocation(step.id, "api", trace_id, step.timeout_s, request, trace=trace)
        outcome = await self._pool.invoke(invocation)
        self._tracer.end(trace, outcome.failure)
        if outcome.response is not None:
            return outcome.response
        self._tell(step, trace_id, "[API] Internal server error", outcome)
        return SERVER_ERROR

    def served(self, step: Step, trace: Trace, failure: Failure | None, *, logged: bool) -> None:
        """A worker has answered a request by itself. logged: the Step's failure is on record already."""
        self._tracer.end(trace, failure)
        if failure is not None and not logged:
            self._tell(step, trace.trace_id, "[API] Internal server error", Outcome(failure=failure))

    async def event(self, step: Step, delivery: Delivery) -> None:
        """One attempt at an event. Raises AttemptFailed."""
        if delivery.receive_count == 1:
            self._compare(step, delivery)
        trace = self._tracer.begin(step.name, "event", delivery.trace_id)
        invocation = Invocation(
            *(step.id, "event", delivery.trace_id, step.timeout_s),
            topic=delivery.topic,
            data=delivery.data,
            trace=trace,
        )
        outcome = await self._pool.invoke(invocation)
        self._tracer.end(trace, outcome.failure)
        if outcome.failure is not None:
            attempt = f"Attempt {delivery.receive_count} of {delivery.max_receives} failed"
            if not delivery.max_receives:
                attempt = "Attempt failed"
            last = 0 < delivery.max_receives <= delivery.receive_count
            self._tell(
                step, delivery.trace_id, f"{attempt}; moved to the dead-letter queue" if last else attempt, outcome
            )
            raise AttemptFailed(f"{outcome.failure.type}: {outcome.failure.message}")

    def _compare(self, step: Step, delivery: Delivery) -> None:
        """Warn of data that the Step's `input` does not describe; the handler gets it all the same."""
        schema = step.config.get("input")
        found = compare(delivery.data, schema) if schema is not None else None
        if found:
            message = "The event does not match the input schema"
            fields = {"topic": delivery.topic, **found.fields()}
            self._services.write("warn", step, delivery.trace_id, message, fields)

    async def cron(self, step: Step, job: CronJob, tick: datetime) -> None:
        """One run of a cron Step."""
        trace_id = new_trace_id()
        trace = self._tracer.begin(step.name, "cron", trace_id)
        outcome = await self._pool.invoke(Invocation(step.id, "cron", trace_id, step.timeout_s, trace=trace))
        self._tracer.end(trace, outcome.failure)
        if outcome.failure is not None:
            self._tell(step, trace_id, f"The run of {tick.isoformat()} failed", outcome)

    def _tell(self, step: Step, trace_id: str, message: str, outcome: Outcome) -> None:
        failure = outcome.failure or Failure("Error", "")
        self._services.write("error", step, trace_id, message, {"error": failure.to_json()})
