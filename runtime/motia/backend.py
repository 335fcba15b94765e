"""What a Step's context stands on: one shape for every place a Step can run.

The Lambda runtime fills it with DynamoDB, SQS and standard output, the local workers with calls to the engine, tests
with dictionaries. Everything here is asynchronous, takes and gives JSON values, and checks nothing: the context has
already done that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Subscriber:
    """An event Step as seen by an emitter: its name, its id in resource names, the kind of its queue."""

    name: str
    id: str
    fifo: bool = False


@dataclass(frozen=True)
class Message:
    """One event on its way to one subscriber.

    group_id: FIFO message group, or fair-queue tenant of a standard queue. dedup_id: unique for each emit, so that a
    repeated send is recognised and two equal events are not.
    """

    subscriber: Subscriber
    topic: str
    data: Any
    trace_id: str
    flows: tuple[str, ...] = ()
    group_id: str | None = None
    dedup_id: str = ""


class StateStore(Protocol):
    """Values by group and key."""

    async def get(self, group: str, key: str) -> Any:
        """The value, or None."""

    async def set(self, group: str, key: str, value: Any) -> Any:
        """Store and return the value."""

    async def delete(self, group: str, key: str) -> Any:
        """Remove and return the value, or None."""

    async def get_group(self, group: str) -> list[Any]:
        """All values of a group, in order of their keys."""

    async def clear(self, group: str) -> None:
        """Remove a group."""


class StreamStore(Protocol):
    """Items by stream, group and id. An item is the stored object with its `id`."""

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """The item, or None."""

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create or replace an item, tell the subscribers, return it."""

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """Remove an item, tell the subscribers, return it, or None."""

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        """The items of a group, oldest first."""

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Tell the subscribers of a group (and of an item, with `id`) an event that is not kept."""


class EventPublisher(Protocol):
    """Accepts events. When `publish` returns, every message is durable; when it raises, the caller may repeat it."""

    async def publish(self, messages: list[Message]) -> None: ...


class LogSink(Protocol):
    """Takes finished log records; never raises, never blocks for long."""

    def write(self, record: dict[str, Any]) -> None: ...


class TraceSink(Protocol):
    """Takes the events of a running Step: {type: state|emit|stream|log, timestamp, ...}."""

    def add(self, event: dict[str, Any]) -> None: ...


class NoTrace:
    """A TraceSink that keeps nothing."""

    def add(self, event: dict[str, Any]) -> None:
        return None


@dataclass(frozen=True)
class Backend:
    """Everything a Step's context needs from the place it runs in."""

    state: StateStore
    streams: StreamStore
    events: EventPublisher
    logs: LogSink
    trace: TraceSink = field(default_factory=NoTrace)
