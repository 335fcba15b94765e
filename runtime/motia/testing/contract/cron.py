"""What cron Steps need of a CronAdapter: a lock that one of many gets."""

from __future__ import annotations

import asyncio
import time

from motia.adapters import CronAdapter
from motia.testing.contract.base import Adapters, Contract, eventually, unique

Cron = Adapters[CronAdapter]

LONG_MS = 60_000


class CronAdapterContract(Contract[CronAdapter]):
    """Locks by job. Define `make_adapter(self)`. short_ms: a time to live that tests wait for."""

    short_ms: int = 200

    def test_a_lock_says_whose_it_is_and_for_how_long(self) -> None:
        async def check(adapters: Cron) -> None:
            cron, job = await adapters.new(), unique("job")
            before = time.time() * 1000
            lock = await cron.acquire_lock(job, LONG_MS)
            assert lock is not None
            assert lock.job_name == job
            assert lock.lock_id
            assert lock.instance_id
            assert before - 1000 <= lock.acquired_at <= time.time() * 1000 + 1000, "acquired_at is now, in milliseconds"
            assert abs(lock.expires_at - lock.acquired_at - LONG_MS) <= 1000
            await cron.release_lock(lock)

        self.run(check)

    def test_one_of_many_gets_a_lock(self) -> None:
        async def check(adapters: Cron) -> None:
            job = unique("job")
            many = [await adapters.new() for _ in range(5 if self.shared else 1)]
            asked = [cron.acquire_lock(job, LONG_MS) for cron in many for _ in range(3)]
            got = [lock for lock in await asyncio.gather(*asked) if lock is not None]
            assert len(got) == 1, f"{len(got)} of {len(asked)} got the lock"
            await many[0].release_lock(got[0])

        self.run(check)

    def test_jobs_have_locks_of_their_own(self) -> None:
        async def check(adapters: Cron) -> None:
            cron, job = await adapters.new(), unique("job")
            names = [job, f"{job}s", f"{job}:1", f"cron#{job}#2026-01-01T00:00"]
            locks = [await cron.acquire_lock(name, LONG_MS) for name in names]
            assert all(lock is not None for lock in locks)
            assert len({lock.lock_id for lock in locks if lock}) == len(names)
            for lock in locks:
                if lock is not None:
                    await cron.release_lock(lock)

        self.run(check)

    def test_a_released_lock_is_free(self) -> None:
        async def check(adapters: Cron) -> None:
            cron, job = await adapters.new(), unique("job")
            first = await cron.acquire_lock(job, LONG_MS)
            assert first is not None
            await cron.release_lock(first)
            second = await cron.acquire_lock(job, LONG_MS)
            assert second is not None
            assert second.lock_id != first.lock_id
            await cron.release_lock(first)
            assert await cron.acquire_lock(job, LONG_MS) is None, "a stale lock released another's"
            await cron.release_lock(second)

        self.run(check)

    def test_a_lock_ends_by_itself(self) -> None:
        async def check(adapters: Cron) -> None:
            first, second = await adapters.new(), await adapters.new()
            cron = second if self.shared else first
            job = unique("job")
            old = await first.acquire_lock(job, self.short_ms)
            assert old is not None
            assert await cron.acquire_lock(job, LONG_MS) is None
            new = await eventually(lambda: cron.acquire_lock(job, LONG_MS), self.within_s, "an ended lock is free")
            assert not await first.renew_lock(old, LONG_MS), "a lock that ended was renewed"
            await first.release_lock(old)
            assert await cron.acquire_lock(job, LONG_MS) is None, "the old holder released the new one's lock"
            await cron.release_lock(new)

        self.run(check)

    def test_a_renewed_lock_lasts_longer(self) -> None:
        async def check(adapters: Cron) -> None:
            cron, job = await adapters.new(), unique("job")
            lock = await cron.acquire_lock(job, self.short_ms)
            assert lock is not None
            assert await cron.renew_lock(lock, LONG_MS)
            await asyncio.sleep(2 * self.short_ms / 1000)
            assert await cron.acquire_lock(job, LONG_MS) is None
            await cron.release_lock(lock)
            assert not await cron.renew_lock(lock, LONG_MS), "a released lock was renewed"

        self.run(check)

    def test_the_locks_that_are_held_are_listed(self) -> None:
        async def check(adapters: Cron) -> None:
            cron, job, released, ended = await adapters.new(), unique("job"), unique("released"), unique("ended")
            lock = await cron.acquire_lock(job, LONG_MS)
            gone = await cron.acquire_lock(released, LONG_MS)
            assert lock is not None
            assert gone is not None
            await cron.release_lock(gone)
            await cron.acquire_lock(ended, self.short_ms)

            async def over() -> bool:
                return not any(info.job_name == ended for info in await cron.get_active_locks())

            await eventually(over, self.within_s, "a lock that ended is not listed")
            held = {info.job_name: info for info in await cron.get_active_locks()}
            assert released not in held
            info = held[job]
            assert (info.instance_id, info.expires_at) == (lock.instance_id, lock.expires_at)
            await cron.release_lock(lock)

        self.run(check)

    def test_it_says_that_it_is_healthy(self) -> None:
        async def check(adapters: Cron) -> None:
            assert await (await adapters.new()).is_healthy() is True

        self.run(check)
