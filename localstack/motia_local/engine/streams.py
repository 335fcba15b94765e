"""Streams: items by stream, group and id, and everyone told of their changes.

An item has `_createdAt`, milliseconds since the epoch: what the data says, or the time of the write. So an item that a
Step has read, changed and set again keeps its place in the group, as it does in DynamoDB.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from motia_local.engine import codec
from motia_local.engine.clock import Clock
from motia_local.engine.database import Database
from motia_local.engine.hub import Hub

CREATED_AT = "_createdAt"


@dataclass(frozen=True)
class Snapshot:
    """What a subscriber begins with. data: the items of a group, oldest first, or one item, or None.

    timestamp: lies between those of the changes it contains and those it does not.
    """

    timestamp: int
    data: Any


class StreamStore:
    """The `motia.backend.StreamStore` of the engine."""

    def __init__(self, database: Database, hub: Hub, clock: Clock) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """The item, or None."""
        text = await self._database.write(lambda connection: _select(connection, stream, group, id))
        return None if text is None else _item(text)

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create or replace an item, tell the subscribers, return it with `id` (the argument's) and `_createdAt`."""
        created = data.get(CREATED_AT)
        item = {**data, "id": id, CREATED_AT: int(self._clock.now() * 1000) if created is None else created}
        text = codec.encode(item)

        def operation(connection: sqlite3.Connection) -> str:
            updated = connection.execute(
                "UPDATE stream_items SET item = ? WHERE stream = ? AND grp = ? AND id = ?", (text, stream, group, id)
            ).rowcount
            if updated:
                return "update"
            connection.execute(
                "INSERT INTO stream_items (stream, grp, id, item) VALUES (?, ?, ?, ?)", (stream, group, id, text)
            )
            return "create"

        def tell(kind: str) -> None:
            self._hub.publish(stream, group, id, {"type": kind, "data": _item(text)})

        await self._database.write(operation, tell)
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        """Remove an item, tell the subscribers, return it; None, and nothing told, if there was none."""

        def operation(connection: sqlite3.Connection) -> dict[str, Any] | None:
            text = _select(connection, stream, group, id)
            if text is None:
                return None
            connection.execute("DELETE FROM stream_items WHERE stream = ? AND grp = ? AND id = ?", (stream, group, id))
            return _item(text)

        def tell(item: dict[str, Any] | None) -> None:
            if item is not None:
                self._hub.publish(stream, group, id, {"type": "delete", "data": item})

        return await self._database.write(operation, tell)

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        """The items of a group, oldest first."""
        return _items(await self._database.write(lambda connection: _select_group(connection, stream, group)))

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Tell the subscribers an event {type, data} that is not kept."""
        self._hub.publish(stream, group, id, {"type": "event", "event": event})

    async def clear(self, stream: str, group: str) -> None:
        """Remove a group, item by item for the subscribers."""
        for item in await self.get_group(stream, group):
            await self.delete(stream, group, item["id"])

    async def snapshot(
        self, stream: str, group: str, id: str | None, ready: Callable[[Snapshot], None] | None = None
    ) -> Snapshot:
        """The present state for a subscriber who joins.

        ready: called with it between the changes it contains and those after, so that one who listens from there on
        misses nothing and hears nothing twice.
        """

        def operation(connection: sqlite3.Connection) -> list[str]:
            if id is None:
                return _select_group(connection, stream, group)
            text = _select(connection, stream, group, id)
            return [] if text is None else [text]

        taken: list[Snapshot] = []

        def take(texts: list[str]) -> None:
            items = _items(texts)
            data = items if id is None else (items[0] if items else None)
            taken.append(Snapshot(self._hub.next_timestamp(), data))
            if ready is not None:
                ready(taken[0])

        await self._database.write(operation, take)
        return taken[0]

    async def groups(self, stream: str) -> list[str]:
        """The groups of a stream that have items, in order."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT DISTINCT grp FROM stream_items WHERE stream = ? ORDER BY grp", (stream,)
            ).fetchall()
        )
        return [row[0] for row in rows]


def _select(connection: sqlite3.Connection, stream: str, group: str, id: str) -> str | None:
    row = connection.execute(
        "SELECT item FROM stream_items WHERE stream = ? AND grp = ? AND id = ?", (stream, group, id)
    ).fetchone()
    return None if row is None else row[0]


def _select_group(connection: sqlite3.Connection, stream: str, group: str) -> list[str]:
    rows = connection.execute(
        "SELECT item FROM stream_items WHERE stream = ? AND grp = ? ORDER BY position", (stream, group)
    ).fetchall()
    return [row[0] for row in rows]


def _item(text: str) -> dict[str, Any]:
    item: dict[str, Any] = codec.decode(text)
    return item


def _items(texts: list[str]) -> list[dict[str, Any]]:
    """Oldest first; of one millisecond, in the order in which they were first set."""
    return sorted((_item(text) for text in texts), key=_created)


def _created(item: dict[str, Any]) -> float:
    created = item.get(CREATED_AT)
    return created if isinstance(created, int | float) else 0
