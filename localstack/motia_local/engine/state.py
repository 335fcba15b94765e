"""State: JSON values by group and key, in order of their keys' UTF-8 bytes, as DynamoDB keeps them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from motia_local.engine import codec
from motia_local.engine.database import Database
from motia_local.engine.state_filter import StateFilter, matches


@dataclass(frozen=True)
class StateItem:
    """One value with its place. type: string, number, boolean, object, array or null."""

    group: str
    key: str
    type: str
    value: Any


class StateStore:
    """The `motia.backend.StateStore` of the engine, and what the Workbench asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, group: str, key: str) -> Any:
        """The value, or None."""
        text = await self._database.write(lambda connection: _select(connection, group, key))
        return None if text is None else codec.decode(text)

    async def set(self, group: str, key: str, value: Any) -> Any:
        """Store and return the value."""
        text = codec.encode(value)
        await self._database.write(
            lambda connection: (
                connection.execute(
                    "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    (group, key, text),
                ).rowcount
            )
        )
        return value

    async def delete(self, group: str, key: str) -> Any:
        """Remove and return the value, or None."""

        def operation(connection: sqlite3.Connection) -> str | None:
            text = _select(connection, group, key)
            if text is not None:
                connection.execute("DELETE FROM state WHERE grp = ? AND key = ?", (group, key))
            return text

        text = await self._database.write(operation)
        return None if text is None else codec.decode(text)

    async def get_group(self, group: str) -> list[Any]:
        """All values of a group, in order of their keys."""
        rows = await self._database.write(
            lambda connection: connection.execute(
                "SELECT value FROM state WHERE grp = ? ORDER BY key", (group,)
            ).fetchall()
        )
        return [codec.decode(row[0]) for row in rows]

    async def clear(self, group: str) -> None:
        """Remove a group."""
        await self._database.write(
            lambda connection: connection.execute("DELETE FROM state WHERE grp = ?", (group,)).rowcount
        )

    async def keys(self, group: str) -> list[str]:
        """The keys of a group, in order."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT key FROM state WHERE grp = ? ORDER BY key", (group,)
            ).fetchall()
        )
        return [row[0] for row in rows]

    async def groups(self) -> list[str]:
        """All groups, in order."""
        rows = await self._database.read(
            lambda connection: connection.execute("SELECT DISTINCT grp FROM state ORDER BY grp").fetchall()
        )
        return [row[0] for row in rows]

    async def items(
        self, group: str | None = None, filters: Collection[StateFilter] = (), *, limit: int | None = None
    ) -> list[StateItem]:
        """Values with their places, of one group or of all, that pass every filter."""

        def operation(connection: sqlite3.Connection) -> list[StateItem]:
            found: list[StateItem] = []
            rows = connection.execute(
                "SELECT grp, key, value FROM state WHERE ?1 IS NULL OR grp = ?1 ORDER BY grp, key", (group,)
            )
            for name, key, text in rows:
                value = codec.decode(text)
                if all(matches(value, condition) for condition in filters):
                    found.append(StateItem(name, key, json_type(value), value))
                    if limit is not None and len(found) >= limit:
                        break
            rows.close()
            return found

        return await self._database.read(operation)


def _select(connection: sqlite3.Connection, group: str, key: str) -> str | None:
    row = connection.execute("SELECT value FROM state WHERE grp = ? AND key = ?", (group, key)).fetchone()
    return None if row is None else row[0]


def json_type(value: Any) -> str:
    """The name JSON has for the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
