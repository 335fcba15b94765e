"""State, streams and cron locks in dictionaries: adapters for tests, and the shortest examples of one.

The dictionaries may be given, so that several adapters share them as processes share a store.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from motia.adapters.interfaces import CronAdapter, StateAdapter, StreamAdapter
from motia.adapters.types import BaseStreamItem, CronLock, CronLockInfo, StateItem, StateItemsInput, json_type
from motia.ids import new_id

Groups = dict[str, dict[str, Any]]


class MemoryStateAdapter(StateAdapter):
    """groups: values by group, then key."""

    def __init__(self, groups: Groups | None = None) -> None:
        self._groups: Groups = {} if groups is None else groups

    async def get(self, group_id: str, key: str) -> Any:
        return copy.deepcopy(self._groups.get(group_id, {}).get(key))

    async def set(self, group_id: str, key: str, value: Any) -> Any:
        self._groups.setdefault(group_id, {})[key] = copy.deepcopy(value)
        return value

    async def delete(self, group_id: str, key: str) -> Any:
        values = self._groups.get(group_id, {})
        removed = values.pop(key, None)
        if not values:
            self._groups.pop(group_id, None)
        return removed

    async def get_group(self, group_id: str) -> list[Any]:
        return copy.deepcopy([value for _, value in sorted(self._groups.get(group_id, {}).items())])

    async def clear(self, group_id: str) -> None:
        self._groups.pop(group_id, None)

    async def keys(self, group_id: str) -> list[str]:
        return sorted(self._groups.get(group_id, {}))

    async def trace_ids(self) -> list[str]:
        return sorted(self._groups)

    async def items(self, input: StateItemsInput) -> list[StateItem]:
        groups = sorted(self._groups) if input.group is None else [input.group]
        return [
            StateItem(group, key, json_type(value), copy.deepcopy(value))
            for group in groups
            for key, value in sorted(self._groups.get(group, {}).items())
        ]


class MemoryStreamAdapter(StreamAdapter[dict[str, Any]]):
    """groups: items by group, then id."""

    def __init__(self, stream_name: str, groups: Groups | None = None) -> None:
        super().__init__(stream_name)
        self._groups: Groups = {} if groups is None else groups

    async def get(self, group_id: str, id: str) -> BaseStreamItem | None:
        item: BaseStreamItem | None = copy.deepcopy(self._groups.get(group_id, {}).get(id))
        return item

    async def set(self, group_id: str, id: str, data: dict[str, Any]) -> BaseStreamItem:
        item = {**copy.deepcopy(data), "id": id}
        self._groups.setdefault(group_id, {})[id] = item
        return copy.deepcopy(item)

    async def delete(self, group_id: str, id: str) -> BaseStreamItem | None:
        removed: BaseStreamItem | None = self._groups.get(group_id, {}).pop(id, None)
        return removed

    async def get_group(self, group_id: str) -> list[BaseStreamItem]:
        return copy.deepcopy(list(self._groups.get(group_id, {}).values()))


class MemoryCronAdapter(CronAdapter):
    """locks: by job. clock: seconds since the epoch."""

    def __init__(self, locks: dict[str, CronLock] | None = None, clock: Callable[[], float] = time.time) -> None:
        self.instance_id = new_id()
        self._locks: dict[str, CronLock] = {} if locks is None else locks
        self._clock = clock

    async def acquire_lock(self, job_name: str, ttl_ms: int) -> CronLock | None:
        now = self._now()
        held = self._locks.get(job_name)
        if held is not None and held.expires_at > now:
            return None
        lock = CronLock(job_name, self.instance_id, now, now + ttl_ms, new_id())
        self._locks[job_name] = lock
        return lock

    async def release_lock(self, lock: CronLock) -> None:
        held = self._locks.get(lock.job_name)
        if held is not None and held.lock_id == lock.lock_id:
            del self._locks[lock.job_name]

    async def renew_lock(self, lock: CronLock, ttl_ms: int) -> bool:
        held, now = self._locks.get(lock.job_name), self._now()
        if held is None or held.lock_id != lock.lock_id or held.expires_at <= now:
            return False
        self._locks[lock.job_name] = CronLock(
            lock.job_name, lock.instance_id, lock.acquired_at, now + ttl_ms, lock.lock_id
        )
        return True

    async def is_healthy(self) -> bool:
        return True

    async def shutdown(self) -> None:
        return

    async def get_active_locks(self) -> list[CronLockInfo]:
        now = self._now()
        return [
            CronLockInfo(lock.job_name, lock.instance_id, lock.acquired_at, lock.expires_at)
            for lock in self._locks.values()
            if lock.expires_at > now
        ]

    def _now(self) -> int:
        return int(self._clock() * 1000)
