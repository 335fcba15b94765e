"""`context`: what a handler works with."""

from __future__ import annotations

from motia.backend import Backend
from motia.calls import DRAIN_LIMIT_S, Calls
from motia.descriptor import StepDescriptor
from motia.emit import Emitter, Topics
from motia.logger import Logger
from motia.state import State
from motia.streams import Streams


class FlowContext:
    """The context of one invocation: emit, logger, state, streams, trace_id, flows. Middleware may add attributes."""

    def __init__(
        self, step: StepDescriptor, backend: Backend, topics: Topics, trace_id: str, streams: tuple[str, ...] = ()
    ) -> None:
        """streams: names of the project's streams. To be made on the loop that runs the invocation."""
        self._calls = Calls()
        self.trace_id = trace_id
        self.flows = list(step.flows)
        self.logger = Logger(step.name, trace_id, self.flows, backend.logs, backend.trace)
        self.state = State(backend.state, self._calls, backend.trace)
        self.streams = Streams(streams, backend.streams, self._calls, backend.trace)
        self.emit = Emitter(step, topics, trace_id, backend.events, self._calls, backend.trace)

    @property
    def traceId(self) -> str:
        """The same as `trace_id`."""
        return self.trace_id

    async def finish(self, limit_s: float = DRAIN_LIMIT_S) -> None:
        """Wait up to `limit_s` seconds for the calls that the Step did not await, and log those that fail."""
        await self._calls.drain(self._report, limit_s)

    def _report(self, call: str, error: BaseException) -> None:
        self.logger.error(f"context.{call} was not awaited and failed", {"error": error})
