"""Locks that end by themselves, with a memory of what they were last taken for."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass, replace

from motia_local.engine.clock import Clock
from motia_local.engine.database import Database


@dataclass(frozen=True)
class Lock:
    """A lock as its owner holds it. acquired_at, expires_at: milliseconds since the epoch."""

    name: str
    lock_id: str
    owner: str
    acquired_at: int
    expires_at: int


class LockStore:
    """Locks in the engine's database. `owner` is this engine's run."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.owner = uuid.uuid4().hex

    async def start(self) -> None:
        """Nobody else runs on this folder: what a killed process held is free."""
        await self._database.write(lambda connection: connection.execute("UPDATE locks SET expires_at = 0").rowcount)

    async def acquire(self, name: str, ttl_s: float, *, tick: float | None = None) -> Lock | None:
        """The lock for `ttl_s` seconds, or None when it is held, or was last taken for the same `tick`.

        tick: a moment in seconds since the epoch that may have the lock once.
        """
        now = int(self._clock.now() * 1000)
        lock = Lock(name, uuid.uuid4().hex, self.owner, now, now + int(ttl_s * 1000))
        moment = None if tick is None else int(tick * 1000)
        taken = await self._database.write(
            lambda connection: (
                connection.execute(
                    "INSERT INTO locks (name, lock_id, owner, tick, acquired_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET lock_id = excluded.lock_id, owner = excluded.owner,"
                    " tick = excluded.tick, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at"
                    " WHERE expires_at <= excluded.acquired_at"
                    " AND (excluded.tick IS NULL OR tick IS NOT excluded.tick)",
                    (name, lock.lock_id, lock.owner, moment, lock.acquired_at, lock.expires_at),
                ).rowcount
            )
        )
        return lock if taken else None

    async def release(self, lock: Lock) -> None:
        """Give a lock back; one that ended and has another holder stays with that one."""
        await self._database.write(
            lambda connection: (
                connection.execute(
                    "UPDATE locks SET expires_at = 0 WHERE name = ? AND lock_id = ?", (lock.name, lock.lock_id)
                ).rowcount
            )
        )

    async def renew(self, lock: Lock, ttl_s: float) -> Lock | None:
        """The lock for `ttl_s` seconds from now, or None when it has ended."""
        now = int(self._clock.now() * 1000)
        longer = replace(lock, expires_at=now + int(ttl_s * 1000))
        kept = await self._database.write(
            lambda connection: (
                connection.execute(
                    "UPDATE locks SET expires_at = ? WHERE name = ? AND lock_id = ? AND expires_at > ?",
                    (longer.expires_at, lock.name, lock.lock_id, now),
                ).rowcount
            )
        )
        return longer if kept else None

    async def active(self) -> list[Lock]:
        """The locks held now, by name."""
        now = int(self._clock.now() * 1000)

        def operation(connection: sqlite3.Connection) -> list[Lock]:
            rows = connection.execute(
                "SELECT name, lock_id, owner, acquired_at, expires_at FROM locks WHERE expires_at > ? ORDER BY name",
                (now,),
            )
            return [Lock(*row) for row in rows]

        return await self._database.read(operation)
