"""A context for a handler that a test calls by hand."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from motia.backend import Subscriber
from motia.calls import Calls
from motia.context import FlowContext
from motia.descriptor import StepDescriptor
from motia.emit import Emitter
from motia.ids import new_trace_id
from motia.logger import Logger
from motia.memory import MemoryBackend
from motia.state import State
from motia.streams import Streams
from motia.testing.recorded import Emitted, Every, EveryTopic, emitted

T = TypeVar("T")


class TestContext(FlowContext):
    """A context that keeps everything in memory and shows it. Made outside of a loop, used inside of any."""

    __test__ = False  # not a test, whatever pytest makes of its name

    def __init__(
        self,
        step: StepDescriptor,
        topics: EveryTopic,
        streams: tuple[str, ...],
        trace_id: str,
        backend: MemoryBackend | None = None,
    ) -> None:
        self.backend = backend or MemoryBackend()
        self._calls = LoopCalls()
        self.trace_id = trace_id
        self.flows = list(step.flows)
        parts = self.backend
        self.logger = Logger(step.name, trace_id, self.flows, parts.logs, parts.trace)
        self.state = State(parts.state, self._calls, parts.trace)
        self.streams = Streams(streams, parts.streams, self._calls, parts.trace)
        self.emit = Emitter(step, topics, trace_id, parts.events, self._calls, parts.trace)

    @property
    def emitted(self) -> list[Emitted]:
        """The events emitted so far."""
        return emitted(self.backend.events.messages)

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log records so far, those under LOG_LEVEL (default info) left out."""
        return self.backend.logs.records

    @property
    def stored(self) -> dict[str, dict[str, Any]]:
        """The state: values by group, then key."""
        return self.backend.state.groups

    @property
    def pushed(self) -> list[dict[str, Any]]:
        """What subscribers of the streams were told: {streamName, groupId, id, event}."""
        return self.backend.streams.pushed


def context(
    *,
    step: str = "Test",
    emits: Iterable[str] | None = None,
    fifo: Iterable[str] = (),
    streams: Iterable[str] | None = None,
    state: Mapping[str, Mapping[str, Any]] | None = None,
    flows: Iterable[str] = (),
    trace_id: str | None = None,
) -> TestContext:
    """A context for calling a handler by hand: `asyncio.run(handler(request(body=...), context()))`.

    emits: the topics it may emit, all by default. fifo: those that need a messageGroupId. streams: the streams there
    are, any by default. state: values by group, then key.
    """
    descriptor = StepDescriptor("test", step, "api", "(test)", tuple(flows), Every() if emits is None else tuple(emits))
    topics = EveryTopic({topic: (Subscriber("(FIFO)", "(fifo)", fifo=True),) for topic in fifo})
    backend = MemoryBackend()
    backend.state.groups.update({group: copy.deepcopy(dict(values)) for group, values in (state or {}).items()})
    names = Every() if streams is None else tuple(streams)
    return TestContext(descriptor, topics, names, trace_id or new_trace_id(), backend)


class LoopCalls(Calls):
    """Calls on whichever loop runs; without one, a call is a coroutine for the test to run."""

    def __init__(self) -> None:
        self._by_loop: dict[asyncio.AbstractEventLoop, Calls] = {}

    def make(self, name: str, work: Coroutine[Any, Any, T]) -> Any:
        """The call, or `work` itself where no loop runs."""
        loop = asyncio._get_running_loop()
        if loop is None:
            return work
        if loop not in self._by_loop:
            self._by_loop = {loop: Calls()}  # loops of the past are over
        return self._by_loop[loop].make(name, work)

    async def drain(self, on_failure: Any, limit_s: float = 10.0) -> None:
        """As Calls, for the running loop."""
        calls = self._by_loop.get(asyncio.get_running_loop())
        if calls is not None:
            await calls.drain(on_failure, limit_s)
