"""A project's adapters as the stores that contexts stand on (`motia.backend`)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from motia.adapters.interfaces import EventAdapter, StateAdapter, StreamAdapter
from motia.adapters.types import Event, StreamChannel, StreamEvent
from motia.backend import Message, Subscriber

Push = Callable[[str, str, str | None, dict[str, Any]], Awaitable[None]]
"""(stream, group, id, event): tell the subscribers of a stream, as `motia.aws.streams.Pusher.push`."""

OUTSIDE = Subscriber("(adapter)", "(adapter)")
"""Stands for the event adapter in a routing table, so that it gets events that no Step subscribes to as well."""


class AdapterState:
    """A StateStore over a StateAdapter."""

    def __init__(self, adapter: StateAdapter) -> None:
        self.adapter = adapter

    async def get(self, group: str, key: str) -> Any:
        """The value, or None."""
        return await self.adapter.get(group, key)

    async def set(self, group: str, key: str, value: Any) -> Any:
        """Store and return the value."""
        await self.adapter.set(group, key, value)
        return value

    async def delete(self, group: str, key: str) -> Any:
        """Remove and return the value, or None."""
        return await self.adapter.delete(group, key)

    async def get_group(self, group: str) -> list[Any]:
        """All values of a group."""
        return list(await self.adapter.get_group(group))

    async def clear(self, group: str) -> None:
        """Remove a group."""
        await self.adapter.clear(group)


class AdapterStreams:
    """A StreamStore over one StreamAdapter for each stream. make: makes that of a stream, at its first use."""

    def __init__(self, make: Callable[[str], StreamAdapter[Any]], push: Push) -> None:
        self._make = make
        self._push = push
        self._adapters: dict[str, StreamAdapter[Any]] = {}

    def adapter(self, stream: str) -> StreamAdapter[Any]:
        """The adapter of a stream."""
        if stream not in self._adapters:
            self._adapters[stream] = self._make(stream)
        return self._adapters[stream]

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """The item, or None."""
        return _item(await self.adapter(stream).get(group, id), id)

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create or replace an item, tell the subscribers, return it."""
        adapter = self.adapter(stream)
        existed = await adapter.get(group, id) is not None
        item = _item(await adapter.set(group, id, {**data, "id": id}), id) or {**data, "id": id}
        await self._push(stream, group, id, {"type": "update" if existed else "create", "data": item})
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """Remove an item, tell the subscribers, return it; None, and nothing told, if there was none."""
        item = _item(await self.adapter(stream).delete(group, id), id)
        if item is not None:
            await self._push(stream, group, id, {"type": "delete", "data": item})
        return item

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        """The items of a group, in the adapter's order."""
        return [dict(item) for item in await self.adapter(stream).get_group(group)]

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Tell the adapter and the subscribers an event that is not kept."""
        channel: StreamChannel = {"groupId": group}
        if id is not None:
            channel["id"] = id
        told: StreamEvent = {"type": event["type"], "data": event["data"]}
        await self.adapter(stream).send(channel, told)
        await self._push(stream, group, id, {"type": "event", "event": event})


class AdapterEvents:
    """An EventPublisher over an EventAdapter: one `emit` for each emitted event, however many Steps subscribe."""

    def __init__(self, adapter: EventAdapter) -> None:
        self.adapter = adapter

    async def publish(self, messages: list[Message]) -> None:
        """Give the adapter the events of these messages. Raises what the adapter raises."""
        for event in events_of(messages):
            await self.adapter.emit(event)


def events_of(messages: Iterable[Message]) -> list[Event]:
    """The events of messages, of which there is one for each subscriber."""
    now = time.time_ns() // 1_000_000
    once = {(message.dedup_id or id(message)): message for message in messages}
    return [
        Event(message.topic, message.data, now, message.trace_id, message.flows, message.group_id)
        for message in once.values()
    ]


def tick_name(step_id: str, tick: datetime) -> str:
    """The name of the lock that lets a tick of a cron Step run once: the same in every process that sees the tick."""
    moment = tick.astimezone(UTC)
    return f"cron#{step_id}#{moment.strftime('%Y-%m-%dT%H:%M:%S' if moment.second else '%Y-%m-%dT%H:%M')}"


def _item(item: dict[str, Any] | None, id: str) -> dict[str, Any] | None:
    return None if item is None else {**item, "id": id}
