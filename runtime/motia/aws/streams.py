"""Streams in DynamoDB: partition `group` = "<stream>#<group>", sort `id`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from motia.aws.timed_values import TimedTable

CREATED_AT = "_createdAt"


class Pusher(Protocol):
    """Tells the subscribers of a stream what happened to it."""

    async def push(
        self, stream: str, group: str, id: str | None, event: dict[str, Any], timestamp: int | None = None
    ) -> None:
        """Push {"type": "create" | "update" | "delete", "data": item} or {"type": "event", "event": {"type", "data"}}.

        With `id`, the subscribers of the item hear it as well as those of the group. timestamp: milliseconds since the
        epoch, greater than any before of that item; None where only the time here is known. Never raises: what is told
        has happened.
        """


class LatePusher:
    """A Pusher made at its first push: a Step that does not touch streams does not pay for it."""

    def __init__(self, make: Callable[[], Pusher]) -> None:
        self._make = make
        self._made: Pusher | None = None

    async def push(
        self, stream: str, group: str, id: str | None, event: dict[str, Any], timestamp: int | None = None
    ) -> None:
        if self._made is None:
            self._made = self._make()
        await self._made.push(stream, group, id, event, timestamp)


@dataclass(frozen=True)
class Snapshot:
    """What a subscriber begins with. data: the items of a group, oldest first, or one item, or None.

    timestamp: not less than those of the changes it contains, less than those of the changes to come.
    """

    timestamp: int
    data: Any


class DynamoStreams:
    """A motia.backend.StreamStore. table: sorted by `id`. pusher: None when nobody can listen. clock: seconds since the
    epoch. Raises AwsError."""

    def __init__(self, table: TimedTable, pusher: Pusher | None = None, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._pusher = pusher
        self._clock = clock
        self._last = 0

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """The item, or None."""
        item: dict[str, Any] | None = await self._table.read(_partition(stream, group), id)
        return item

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create or replace an item, tell the subscribers, return it with its `id` and `_createdAt`."""
        now, created = self._now(), data.get(CREATED_AT)
        item = {**data, "id": id, CREATED_AT: int(self._clock() * 1000) if created is None else created}
        existed, at = await self._table.replace_at(_partition(stream, group), id, item, now)
        await self._push(stream, group, id, {"type": "update" if existed else "create", "data": item}, at)
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """Remove an item, tell the subscribers, return it, or None: then nothing happened and nobody is told."""
        item: dict[str, Any] | None
        item, at = await self._table.remove_at(_partition(stream, group), id, self._now())
        if item is not None:
            await self._push(stream, group, id, {"type": "delete", "data": item}, at)
        return item

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        """The items of a group, oldest first, then by id."""
        items: list[dict[str, Any]] = await self._table.read_all(_partition(stream, group))
        return sorted(items, key=_age)

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Tell the subscribers of a group (and of an item, with `id`) an event that is not kept."""
        if self._pusher is None:
            return
        at = self._now()
        if id is not None:  # the item's subscribers take no message that is not newer than the item
            at = await self._table.touch(_partition(stream, group), id, at)
        await self._push(stream, group, id, {"type": "event", "event": event}, at)

    async def snapshot(self, stream: str, group: str, id: str | None) -> Snapshot:
        """The present state, for one who hears of all changes from now on."""
        if id is not None:
            item, at = await self._table.read_at(_partition(stream, group), id)
            return Snapshot(at or self._now(), item)
        now = self._now()
        items, at = await self._table.read_all_at(_partition(stream, group))
        return Snapshot(max(now, at), sorted(items, key=_age))

    def _now(self) -> int:
        """Milliseconds since the epoch, each time more."""
        self._last = max(int(self._clock() * 1000), self._last + 1)
        return self._last

    async def _push(self, stream: str, group: str, id: str | None, event: dict[str, Any], at: int) -> None:
        if self._pusher is not None:
            await self._pusher.push(stream, group, id, event, at)


def _partition(stream: str, group: str) -> str:
    return f"{stream}#{group}"


def _age(item: dict[str, Any]) -> tuple[float, str]:
    created = item.get(CREATED_AT)
    known = isinstance(created, int | float)
    return (created if known and created is not None else 0, str(item.get("id", "")))
