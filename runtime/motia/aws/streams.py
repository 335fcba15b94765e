"""Streams in DynamoDB: partition `group` = "<stream>#<group>", sort `id`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from motia.aws.values import ValueTable

CREATED_AT = "_createdAt"


class Pusher(Protocol):
    """Tells the subscribers of a stream what happened to it."""

    async def push(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Push {"type": "create" | "update" | "delete", "data": item} or {"type": "event", "event": {"type", "data"}}.

        With `id`, the subscribers of the item hear it as well as those of the group.
        """


class NoPush:
    """A Pusher for streams that nobody listens to."""

    async def push(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        return None


class DynamoStreams:
    """A motia.backend.StreamStore. table: sorted by `id`. clock: seconds since the epoch. Raises AwsError."""

    def __init__(self, table: ValueTable, pusher: Pusher | None = None, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._pusher = pusher or NoPush()
        self._clock = clock

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """The item, or None."""
        item: dict[str, Any] | None = await self._table.read(_partition(stream, group), id)
        return item

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create or replace an item, tell the subscribers, return it with its `id` and `_createdAt`."""
        created = data.get(CREATED_AT)
        item = {**data, "id": id, CREATED_AT: int(self._clock() * 1000) if created is None else created}
        existed = await self._table.replace(_partition(stream, group), id, item)
        await self._pusher.push(stream, group, id, {"type": "update" if existed else "create", "data": item})
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """Remove an item, tell the subscribers, return it, or None: then nothing happened and nobody is told."""
        item: dict[str, Any] | None = await self._table.remove(_partition(stream, group), id)
        if item is not None:
            await self._pusher.push(stream, group, id, {"type": "delete", "data": item})
        return item

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        """The items of a group, oldest first, then by id."""
        items: list[dict[str, Any]] = await self._table.read_all(_partition(stream, group))
        return sorted(items, key=_age)

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Tell the subscribers of a group (and of an item, with `id`) an event that is not kept."""
        await self._pusher.push(stream, group, id, {"type": "event", "event": event})


def _partition(stream: str, group: str) -> str:
    return f"{stream}#{group}"


def _age(item: dict[str, Any]) -> tuple[float, str]:
    created = item.get(CREATED_AT)
    known = isinstance(created, int | float)
    return (created if known and created is not None else 0, str(item.get("id", "")))
