"""State, streams and cron locks in DynamoDB behind the adapters' interfaces.

What deployed Steps use anyway. As adapters they serve a project that keeps its state on AWS while it runs elsewhere:
`adapters = {"state": DynamoStateAdapter}`, with the MOTIA_ variables of `motia.aws.sandbox` in the environment.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from motia.adapters.interfaces import CronAdapter, StateAdapter, StreamAdapter
from motia.adapters.types import BaseStreamItem, CronLock, CronLockInfo, StateItem, StateItemsInput, json_type
from motia.aws.client import AwsClient
from motia.aws.dynamodb import DynamoClient, condition_failed
from motia.aws.sandbox import open_backend
from motia.aws.state import DynamoState
from motia.aws.threads import Threads
from motia.errors import AwsError
from motia.ids import new_id

_NAMES = {"#owner": "owner", "#until": "expiresAt"}


class DynamoStateAdapter(StateAdapter):
    """MOTIA_STATE_TABLE, and MOTIA_BUCKET for large values. `trace_ids`, and `items` of all groups, read the whole
    table. Raises AwsError."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._backend = open_backend(environ)
        assert isinstance(self._backend.state, DynamoState)
        self._state = self._backend.state

    async def get(self, group_id: str, key: str) -> Any:
        return await self._state.get(group_id, key)

    async def set(self, group_id: str, key: str, value: Any) -> Any:
        return await self._state.set(group_id, key, value)

    async def delete(self, group_id: str, key: str) -> Any:
        return await self._state.delete(group_id, key)

    async def get_group(self, group_id: str) -> list[Any]:
        return await self._state.get_group(group_id)

    async def clear(self, group_id: str) -> None:
        await self._state.clear(group_id)

    async def keys(self, group_id: str) -> list[str]:
        return await self._state.keys(group_id)

    async def trace_ids(self) -> list[str]:
        return await self._state.groups()

    async def items(self, input: StateItemsInput) -> list[StateItem]:
        places = [
            (group, key)
            for group in ([input.group] if input.group is not None else await self._state.groups())
            for key in await self._state.keys(group)
        ]
        values = await asyncio.gather(*(self._state.get(*place) for place in places))
        return [StateItem(*place, json_type(value), value) for place, value in zip(places, values, strict=True)]

    async def cleanup(self) -> None:
        self._backend.threads.close()


class DynamoStreamAdapter(StreamAdapter[dict[str, Any]]):
    """MOTIA_STREAM_TABLE, and MOTIA_BUCKET for large items. Handlers hear what is sent in their own process. Raises
    AwsError."""

    def __init__(self, stream_name: str, environ: Mapping[str, str] = os.environ) -> None:
        super().__init__(stream_name)
        self._backend = open_backend(
            {name: value for name, value in environ.items() if name != "MOTIA_WEBSOCKET_ENDPOINT"}
        )
        self._streams = self._backend.streams

    async def get(self, group_id: str, id: str) -> BaseStreamItem | None:
        return await self._streams.get(self.stream_name, group_id, id)

    async def set(self, group_id: str, id: str, data: dict[str, Any]) -> BaseStreamItem:
        return await self._streams.set(self.stream_name, group_id, id, data)

    async def delete(self, group_id: str, id: str) -> BaseStreamItem | None:
        return await self._streams.delete(self.stream_name, group_id, id)

    async def get_group(self, group_id: str) -> list[BaseStreamItem]:
        return await self._streams.get_group(self.stream_name, group_id)


class DynamoCronAdapter(CronAdapter):
    """A table with the partition key `name` and the TTL attribute `expires`: MOTIA_LOCK_TABLE. clock: seconds since
    the epoch. Raises AwsError."""

    def __init__(self, environ: Mapping[str, str] = os.environ, *, clock: Callable[[], float] = time.time) -> None:
        self.instance_id = new_id()
        self._db = DynamoClient(AwsClient("dynamodb", environ=environ))
        self._threads = Threads()
        self._table = environ["MOTIA_LOCK_TABLE"]
        self._clock = clock

    async def acquire_lock(self, job_name: str, ttl_ms: int) -> CronLock | None:
        return await self._threads.run(self._acquire, job_name, ttl_ms)

    async def release_lock(self, lock: CronLock) -> None:
        await self._threads.run(self._release, lock)

    async def renew_lock(self, lock: CronLock, ttl_ms: int) -> bool:
        return await self._threads.run(self._renew, lock, ttl_ms)

    async def is_healthy(self) -> bool:
        try:
            await self._threads.run(self._db.get, self._table, {"name": "health"})
        except AwsError:
            return False
        return True

    async def shutdown(self) -> None:
        self._threads.close()

    async def get_active_locks(self) -> list[CronLockInfo]:
        now = self._now()
        rows = await self._threads.run(lambda: list(self._db.scan(self._table)))
        return [
            CronLockInfo(row["name"], row["instance"], row["acquiredAt"], row["expiresAt"])
            for row in rows
            if row.get("expiresAt", 0) > now
        ]

    def _acquire(self, job_name: str, ttl_ms: int) -> CronLock | None:
        now = self._now()
        # A new id for each attempt: its repetition after a lost answer recognises its own success.
        lock = CronLock(job_name, self.instance_id, now, now + ttl_ms, new_id())
        item = {
            "name": job_name,
            "owner": lock.lock_id,
            "instance": lock.instance_id,
            "acquiredAt": now,
            "expiresAt": lock.expires_at,
            "expires": ceil(lock.expires_at / 1000),
        }
        taken = self._held(
            lambda: self._db.put(
                self._table,
                item,
                condition="attribute_not_exists(#owner) OR #until <= :now OR #owner = :owner",
                names=_NAMES,
                values={":now": now, ":owner": lock.lock_id},
            )
        )
        return lock if taken else None

    def _release(self, lock: CronLock) -> None:
        self._held(
            lambda: self._db.delete(
                self._table,
                {"name": lock.job_name},
                condition="#owner = :owner",
                names={"#owner": "owner"},
                values={":owner": lock.lock_id},
            )
        )

    def _renew(self, lock: CronLock, ttl_ms: int) -> bool:
        now = self._now()
        until = now + ttl_ms
        return self._held(
            lambda: self._db.update(
                self._table,
                {"name": lock.job_name},
                "SET #until = :until, expires = :expires",
                condition="#owner = :owner AND #until > :now",
                names=_NAMES,
                values={":owner": lock.lock_id, ":now": now, ":until": until, ":expires": ceil(until / 1000)},
            )
        )

    def _held(self, write: Callable[[], object]) -> bool:
        """Whether the condition of a write held."""
        try:
            write()
        except AwsError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def _now(self) -> int:
        return int(self._clock() * 1000)
