"""`context.state`: values shared by all Steps, by group and key."""

from __future__ import annotations

import time
from typing import Any

from motia.backend import NoTrace, StateStore, TraceSink
from motia.calls import Call, Calls
from motia.errors import StateError
from motia.jsonable import jsonable
from motia.limits import GROUP_BYTES, KEY_BYTES, check_name


class State:
    """Every method returns an awaitable and raises StateError for a bad group or key, or a value that is not JSON."""

    def __init__(self, store: StateStore, calls: Calls, trace: TraceSink) -> None:
        self._store = store
        self._calls = calls
        self._trace = None if isinstance(trace, NoTrace) else trace

    def get(self, group_id: str, key: str) -> Call[Any]:
        """The value, or None."""
        return self._calls.make("state.get", self._get(group_id, key))

    def set(self, group_id: str, key: str, value: Any) -> Call[Any]:
        """Store the value and return it as it was stored."""
        return self._calls.make("state.set", self._set(group_id, key, value))

    def delete(self, group_id: str, key: str) -> Call[Any]:
        """Remove the value and return it, or None."""
        return self._calls.make("state.delete", self._delete(group_id, key))

    def get_group(self, group_id: str) -> Call[list[Any]]:
        """All values of the group, in order of their keys."""
        return self._calls.make("state.get_group", self._get_group(group_id))

    getGroup = get_group

    def clear(self, group_id: str) -> Call[None]:
        """Remove the group."""
        return self._calls.make("state.clear", self._clear(group_id))

    async def _get(self, group: str, key: str) -> Any:
        _check("state.get", group, key)
        value = await self._store.get(group, key)
        self._add("get", {"traceId": group, "key": key})
        return value

    async def _set(self, group: str, key: str, value: Any) -> Any:
        _check("state.set", group, key)
        where = f"state.set, group {group!r}, key {key!r}"
        stored = await self._store.set(group, key, jsonable(value, "value", StateError, where))
        self._add("set", {"traceId": group, "key": key, "value": stored})
        return stored

    async def _delete(self, group: str, key: str) -> Any:
        _check("state.delete", group, key)
        removed = await self._store.delete(group, key)
        self._add("delete", {"traceId": group, "key": key})
        return removed

    async def _get_group(self, group: str) -> list[Any]:
        check_name(group, "group", "state.get_group", StateError, GROUP_BYTES)
        values = await self._store.get_group(group)
        self._add("getGroup", {"groupId": group})
        return values

    async def _clear(self, group: str) -> None:
        check_name(group, "group", "state.clear", StateError, GROUP_BYTES)
        await self._store.clear(group)
        self._add("clear", {"groupId": group})

    def _add(self, operation: str, data: dict[str, Any]) -> None:
        if self._trace is not None:
            now = time.time_ns() // 1_000_000
            self._trace.add({"type": "state", "timestamp": now, "operation": operation, "data": data})


def _check(where: str, group: str, key: str) -> None:
    check_name(group, "group", where, StateError, GROUP_BYTES)
    check_name(key, "key", where, StateError, KEY_BYTES)
