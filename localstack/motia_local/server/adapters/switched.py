"""The engine's state, streams and events, or those of the project's adapters: whoever holds one need not know."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from motia.adapters.bridge import OUTSIDE, events_of
from motia.backend import EventPublisher, Message
from motia_local.engine import Hub, Snapshot, StateFilter, StateItem, StateStore, StreamStore
from motia_local.engine.state_filter import matches

Call = Callable[..., Awaitable[Any]]  # operation, arguments


class SwitchedState(StateStore):
    """call: asks the project's adapter; None for the engine's own state."""

    def __init__(self, own: StateStore) -> None:
        self._own = own
        self.call: Call | None = None

    async def get(self, group: str, key: str) -> Any:
        return await (self._own.get(group, key) if self.call is None else self.call("state.get", group, key))

    async def set(self, group: str, key: str, value: Any) -> Any:
        if self.call is None:
            return await self._own.set(group, key, value)
        await self.call("state.set", group, key, value)
        return value

    async def delete(self, group: str, key: str) -> Any:
        return await (self._own.delete(group, key) if self.call is None else self.call("state.delete", group, key))

    async def get_group(self, group: str) -> list[Any]:
        return list(await (self._own.get_group(group) if self.call is None else self.call("state.get_group", group)))

    async def clear(self, group: str) -> None:
        await (self._own.clear(group) if self.call is None else self.call("state.clear", group))

    async def keys(self, group: str) -> list[str]:
        return list(await (self._own.keys(group) if self.call is None else self.call("state.keys", group)))

    async def groups(self) -> list[str]:
        return list(await (self._own.groups() if self.call is None else self.call("state.trace_ids")))

    async def items(
        self, group: str | None = None, filters: Collection[StateFilter] = (), *, limit: int | None = None
    ) -> list[StateItem]:
        if self.call is None:
            return await self._own.items(group, filters, limit=limit)
        found = [
            StateItem(raw["groupId"], raw["key"], raw["type"], raw["value"])
            for raw in await self.call("state.items", group)
            if all(matches(raw["value"], condition) for condition in filters)
        ]
        return found[:limit]


class SwitchedStreams(StreamStore):
    """call: asks the project's adapter; None for the engine's own streams. Its clients are told by the hub anyway."""

    def __init__(self, own: StreamStore, hub: Hub) -> None:
        self._own = own
        self._hub = hub
        self._groups: dict[str, set[str]] = defaultdict(set)  # that were written here: adapters cannot list theirs
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # a change and its telling are one
        self.call: Call | None = None

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        if self.call is None:
            return await self._own.get(stream, group, id)
        return _item(await self.call("streams.get", stream, group, id), id)

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        if self.call is None:
            return await self._own.set(stream, group, id, data)
        self._groups[stream].add(group)
        async with self._turns[stream]:
            existed = await self.call("streams.get", stream, group, id) is not None
            stored = await self.call("streams.set", stream, group, id, {**data, "id": id})
            item = _item(stored, id) or {**data, "id": id}
            self._hub.publish(stream, group, id, {"type": "update" if existed else "create", "data": item})
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        if self.call is None:
            return await self._own.delete(stream, group, id)
        async with self._turns[stream]:
            item = _item(await self.call("streams.delete", stream, group, id), id)
            if item is not None:
                self._hub.publish(stream, group, id, {"type": "delete", "data": item})
        return item

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        if self.call is None:
            return await self._own.get_group(stream, group)
        return list(await self.call("streams.get_group", stream, group))

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        if self.call is not None:
            channel = {"groupId": group} if id is None else {"groupId": group, "id": id}
            await self.call("streams.send", stream, channel, event)
        await self._own.send(stream, group, id, event)

    async def clear(self, stream: str, group: str) -> None:
        if self.call is None:
            await self._own.clear(stream, group)
            return
        for item in await self.get_group(stream, group):
            await self.delete(stream, group, item["id"])

    async def snapshot(
        self, stream: str, group: str, id: str | None, ready: Callable[[Snapshot], None] | None = None
    ) -> Snapshot:
        if self.call is None:
            return await self._own.snapshot(stream, group, id, ready)
        async with self._turns[stream]:
            data = await (self.get_group(stream, group) if id is None else self.get(stream, group, id))
            taken = Snapshot(self._hub.next_timestamp(), data)
            if ready is not None:
                ready(taken)
        return taken

    async def groups(self, stream: str) -> list[str]:
        return await self._own.groups(stream) if self.call is None else sorted(self._groups[stream])


class SwitchedEvents:
    """call: asks the project's adapter; None for the engine's own queues."""

    def __init__(self, own: EventPublisher) -> None:
        self._own = own
        self.call: Call | None = None

    async def publish(self, messages: list[Message]) -> None:
        """Accept events. Raises EmitError of an adapter that did not."""
        if self.call is None:
            await self._own.publish([message for message in messages if message.subscriber.id != OUTSIDE.id])
            return
        for event in events_of(messages):
            await self.call("events.emit", event.to_json())


def _item(item: dict[str, Any] | None, id: str) -> dict[str, Any] | None:
    return None if item is None else {**item, "id": id}
