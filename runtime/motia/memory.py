"""A backend that lives in dictionaries: for tests, and for trying a Step without any place to run it."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from typing import Any

from motia.backend import Backend, Message


@dataclass
class MemoryState:
    """A StateStore. groups: values by group, then key."""

    groups: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def get(self, group: str, key: str) -> Any:
        return copy.deepcopy(self.groups.get(group, {}).get(key))

    async def set(self, group: str, key: str, value: Any) -> Any:
        self.groups.setdefault(group, {})[key] = copy.deepcopy(value)
        return value

    async def delete(self, group: str, key: str) -> Any:
        return self.groups.get(group, {}).pop(key, None)

    async def get_group(self, group: str) -> list[Any]:
        return [copy.deepcopy(value) for _, value in sorted(self.groups.get(group, {}).items())]

    async def clear(self, group: str) -> None:
        self.groups.pop(group, None)


@dataclass
class MemoryStreams:
    """A StreamStore. items: by stream and group, then id. pushed: what subscribers would have been told, in order."""

    items: dict[tuple[str, str], dict[str, dict[str, Any]]] = field(default_factory=dict)
    pushed: list[dict[str, Any]] = field(default_factory=list)

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.items.get((stream, group), {}).get(id))

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        group_items = self.items.setdefault((stream, group), {})
        created = data.get("_createdAt")
        item = {**data, "id": id, "_createdAt": time.time_ns() // 1_000_000 if created is None else created}
        self._push(stream, group, id, {"type": "update" if id in group_items else "create", "data": item})
        group_items[id] = copy.deepcopy(item)
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        item = self.items.get((stream, group), {}).pop(id, None)
        if item is not None:
            self._push(stream, group, id, {"type": "delete", "data": item})
        return item

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        found = self.items.get((stream, group), {}).values()
        return copy.deepcopy(sorted(found, key=_created))

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        self._push(stream, group, id, {"type": "event", "event": event})

    def _push(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        message = {"streamName": stream, "groupId": group, "id": id, "event": copy.deepcopy(event)}
        self.pushed.append(message)


def _created(item: dict[str, Any]) -> float:
    created = item["_createdAt"]
    return created if isinstance(created, int | float) else 0


@dataclass
class MemoryEvents:
    """An EventPublisher that keeps what is published. fail: raised by `publish` instead, when set."""

    messages: list[Message] = field(default_factory=list)
    fail: Exception | None = None

    async def publish(self, messages: list[Message]) -> None:
        if self.fail is not None:
            raise self.fail
        self.messages += messages


@dataclass
class MemoryLogs:
    """A LogSink that keeps its records."""

    records: list[dict[str, Any]] = field(default_factory=list)

    def write(self, record: dict[str, Any]) -> None:
        self.records.append(record)


@dataclass
class MemoryTrace:
    """A TraceSink that keeps its events."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, event: dict[str, Any]) -> None:
        self.events.append(event)


@dataclass(frozen=True)
class MemoryBackend(Backend):
    """A Backend whose parts can be looked into."""

    state: MemoryState = field(default_factory=MemoryState)
    streams: MemoryStreams = field(default_factory=MemoryStreams)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    logs: MemoryLogs = field(default_factory=MemoryLogs)
    trace: MemoryTrace = field(default_factory=MemoryTrace)
