"""`context.streams`: live data by stream, group and id."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from motia.backend import NoTrace, StreamStore, TraceSink
from motia.calls import Call, Calls
from motia.errors import StreamError, UnknownStreamError
from motia.jsonable import jsonable
from motia.kinds import kind_of
from motia.limits import GROUP_BYTES, KEY_BYTES, check_name

_MARK = "__motia"


class Stream:
    """One stream. Items come back with their `id` and a `__motia` mark that says where they live.

    Every method returns an awaitable and raises StreamError for a bad group or id, or data that is not a JSON object.
    """

    def __init__(self, name: str, store: StreamStore, calls: Calls, trace: TraceSink) -> None:
        self.name = name
        self._store = store
        self._calls = calls
        self._trace = None if isinstance(trace, NoTrace) else trace

    def get(self, group_id: str, id: str) -> Call[dict[str, Any] | None]:
        """The item, or None."""
        return self._calls.make(f"streams.{self.name}.get", self._get(group_id, id))

    def set(self, group_id: str, id: str, data: Mapping[str, Any]) -> Call[dict[str, Any]]:
        """Create or replace an item and return it."""
        return self._calls.make(f"streams.{self.name}.set", self._set(group_id, id, data))

    def delete(self, group_id: str, id: str) -> Call[dict[str, Any] | None]:
        """Remove an item and return it, or None."""
        return self._calls.make(f"streams.{self.name}.delete", self._delete(group_id, id))

    def get_group(self, group_id: str) -> Call[list[dict[str, Any]]]:
        """The items of a group, oldest first."""
        return self._calls.make(f"streams.{self.name}.get_group", self._get_group(group_id))

    getGroup = get_group

    def send(self, channel: Mapping[str, Any], event: Mapping[str, Any]) -> Call[None]:
        """Tell the subscribers of `{"groupId", "id"?}` an event `{"type", "data"}` that is not kept."""
        return self._calls.make(f"streams.{self.name}.send", self._send(channel, event))

    async def _get(self, group: str, id: str) -> dict[str, Any] | None:
        self._check("get", group, id)
        item = await self._store.get(self.name, group, id)
        self._add("get", {"groupId": group, "id": id})
        return item and self._marked(item, group)

    async def _set(self, group: str, id: str, data: Mapping[str, Any]) -> dict[str, Any]:
        self._check("set", group, id)
        where = f"streams.{self.name}.set, group {group!r}, id {id!r}"
        stored = jsonable(data, "data", StreamError, where)
        if not isinstance(stored, dict):
            raise StreamError(f"the data is {kind_of(data)}", where=where, allowed="a dict")
        stored.pop(_MARK, None)
        item = await self._store.set(self.name, group, id, stored)
        self._add("set", {"groupId": group, "id": id, "data": item})
        return self._marked(item, group)

    async def _delete(self, group: str, id: str) -> dict[str, Any] | None:
        self._check("delete", group, id)
        item = await self._store.delete(self.name, group, id)
        self._add("delete", {"groupId": group, "id": id})
        return item and self._marked(item, group)

    async def _get_group(self, group: str) -> list[dict[str, Any]]:
        self._check("get_group", group, None)
        items = await self._store.get_group(self.name, group)
        self._add("getGroup", {"groupId": group})
        return [self._marked(item, group) for item in items]

    async def _send(self, channel: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        where = f"streams.{self.name}.send"
        if not isinstance(channel, Mapping) or "groupId" not in channel:
            raise StreamError(f"the channel is {channel!r}", where=where, allowed='{"groupId": ..., "id": ...}')
        group, id = channel["groupId"], channel.get("id")
        self._check("send", group, id)
        if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
            raise StreamError(f"the event is {event!r}", where=where, allowed='{"type": a str, "data": ...}')
        data = jsonable(event.get("data"), "event.data", StreamError, f"{where}, group {group!r}")
        sent = {"type": event["type"], "data": data}
        await self._store.send(self.name, group, id, sent)
        self._add("send", {"groupId": group, **({"id": id} if id is not None else {}), "data": sent})

    def _check(self, method: str, group: str, id: str | None) -> None:
        where = f"streams.{self.name}.{method}"
        # the partition of the stored item is "<stream>#<group>"
        check_name(group, "group", where, StreamError, GROUP_BYTES - len(self.name.encode()) - 1)
        if id is not None or method in ("get", "set", "delete"):
            check_name(id, "id", where, StreamError, KEY_BYTES)

    def _marked(self, item: dict[str, Any], group: str) -> dict[str, Any]:
        mark = {"type": "state-stream", "streamName": self.name, "groupId": group, "id": item.get("id")}
        return {**item, _MARK: mark}

    def _add(self, operation: str, data: dict[str, Any]) -> None:
        if self._trace is not None:
            now = time.time_ns() // 1_000_000
            event = {"operation": operation, "streamName": self.name, "data": data, "calls": 1}
            self._trace.add({"type": "stream", "timestamp": now, **event})


class Streams:
    """The project's streams: `context.streams.chatMessages` or `context.streams["chat-messages"]`."""

    def __init__(self, names: tuple[str, ...], store: StreamStore, calls: Calls, trace: TraceSink) -> None:
        self._names = names
        self._parts = (store, calls, trace)

    def __getitem__(self, name: str) -> Stream:
        if name not in self._names:
            raise UnknownStreamError(
                f"there is no stream {name!r}",
                where="context.streams",
                allowed=", ".join(self._names) or "no stream: the project declares none",
                remedy=f'declare it in a file *_stream.py with config = {{"name": "{name}", ...}}',
            )
        return Stream(name, *self._parts)

    def __getattr__(self, name: str) -> Stream:
        if name.startswith("__") or name in ("_names", "_parts"):  # asked for by copy and pickle
            raise AttributeError(name)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._names]
