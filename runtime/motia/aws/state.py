"""State in DynamoDB: partition `group`, sort `key`."""

from __future__ import annotations

from typing import Any

from motia.aws.values import ValueTable


class DynamoState:
    """A motia.backend.StateStore. table: sorted by `key`. Raises AwsError."""

    def __init__(self, table: ValueTable) -> None:
        self._table = table

    async def get(self, group: str, key: str) -> Any:
        """The value, or None."""
        return await self._table.read(group, key)

    async def set(self, group: str, key: str, value: Any) -> Any:
        """Store and return the value."""
        await self._table.write(group, key, value)
        return value

    async def delete(self, group: str, key: str) -> Any:
        """Remove and return the value, or None."""
        return await self._table.remove(group, key)

    async def get_group(self, group: str) -> list[Any]:
        """All values of a group, in order of their keys (by UTF-8 bytes)."""
        return await self._table.read_all(group)

    async def clear(self, group: str) -> None:
        """Remove a group."""
        await self._table.clear(group)

    async def keys(self, group: str) -> list[str]:
        """The keys of a group, in order (by UTF-8 bytes)."""
        return await self._table.keys(group)

    async def groups(self) -> list[str]:
        """The groups that have values, in order. Reads the whole table."""
        return await self._table.groups()
