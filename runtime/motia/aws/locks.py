"""Locks in DynamoDB: one holder at a time, for a limited time.

Item: {"name", "owner", "expires"}; `expires` (seconds since the epoch) is the table's TTL attribute, which only tidies
up: DynamoDB may take days, so an expired lock is free from the moment it expires.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

from motia.aws.dynamodb import DynamoClient, condition_failed
from motia.aws.threads import Threads
from motia.errors import AwsError
from motia.ids import new_id

_NAMES = {"#name": "name", "#owner": "owner", "#expires": "expires"}


class DynamoLocks:
    """Locks by name. table: partition key `name`. Raises AwsError for all but a lock that is taken."""

    def __init__(
        self, db: DynamoClient, threads: Threads, table: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._db = db
        self._threads = threads
        self._table = table
        self._clock = clock
        self._owned: dict[str, str] = {}

    async def acquire(self, name: str, ttl_s: float) -> bool:
        """True if the lock is now held here, for `ttl_s` seconds at most (rounded up)."""
        return await self._threads.run(self._acquire, name, ttl_s)

    async def release(self, name: str) -> None:
        """Give up a lock acquired here; nothing happens if it expired and is now another's."""
        await self._threads.run(self._release, name)

    def _acquire(self, name: str, ttl_s: float) -> bool:
        # New for each attempt to acquire, so that a repetition after a lost answer recognises its own success.
        owner = new_id()
        now = self._clock()
        try:
            self._db.put(
                self._table,
                {"name": name, "owner": owner, "expires": ceil(now + ttl_s)},
                condition="attribute_not_exists(#name) OR #expires <= :now OR #owner = :owner",
                names=_NAMES,
                values={":now": int(now), ":owner": owner},
            )
        except AwsError as error:
            if condition_failed(error):
                return False
            raise
        self._owned[name] = owner
        return True

    def _release(self, name: str) -> None:
        owner = self._owned.pop(name, None)
        if owner is None:
            return
        try:
            self._db.delete(
                self._table,
                {"name": name},
                condition="#owner = :owner",
                names={"#owner": "owner"},
                values={":owner": owner},
            )
        except AwsError as error:
            if not condition_failed(error):
                raise
