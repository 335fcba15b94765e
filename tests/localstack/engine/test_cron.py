"""Cron with a clock in the hand: once a tick, never beside itself, never after the fact."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localstack.engine.running import engine, until
from motia.errors import ProjectError
from motia_local.engine import CronJob, CronRunner, Engine, ManualClock

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
EVERY_MINUTE = CronJob("tick", "Tick", "* * * * *")


class Runs:
    """Remembers what fired; while `held`, runs do not end."""

    def __init__(self) -> None:
        self.times: list[tuple[str, str]] = []
        self.ended = 0
        self.open = asyncio.Event()
        self.open.set()
        self.fails = False

    async def __call__(self, job: CronJob, scheduled: datetime) -> None:
        self.times.append((job.step_id, scheduled.isoformat()))
        await self.open.wait()
        self.ended += 1
        if self.fails:
            raise ValueError("no")


async def settled(running: Engine) -> None:
    """Return when runs that are due have begun and those that can end have ended."""
    for _ in range(4):
        await running.locks.active()
        await running.state.get("any", "thing")
        await asyncio.sleep(0)


def at(*times: str) -> list[tuple[str, str]]:
    return [("tick", f"2026-03-02T{time}+00:00") for time in times]


def test_a_job_fires_at_its_ticks() -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            cron = CronRunner(running, [EVERY_MINUTE, CronJob("half", "Half", "30 12 * * *")], runs)
            await cron.start()
            clock.advance(59)
            await settled(running)
            assert runs.times == []
            for _ in range(31):
                clock.advance(60)
                await settled(running)
            assert len([name for name, _ in runs.times if name == "tick"]) == 31
            assert ("half", "2026-03-02T12:30:00+00:00") in runs.times
            await cron.stop()
            clock.advance(600)
            await settled(running)
            assert len(runs.times) == 32

    asyncio.run(scenario())


def test_seconds_and_time_zones_are_heeded() -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            jobs = [CronJob("tick", "Tick", "*/20 * * * * *"), CronJob("berlin", "B", "1 13 * * *", "Europe/Berlin")]
            cron = CronRunner(running, jobs, runs)
            await cron.start()
            for _ in range(3):
                clock.advance(20)
                await settled(running)
            assert sorted(runs.times) == [
                ("berlin", "2026-03-02T12:01:00+00:00"),
                *at("12:00:20", "12:00:40", "12:01:00"),
            ]
            await cron.stop()

    asyncio.run(scenario())


def test_a_tick_during_a_run_is_skipped_and_the_next_one_after_it_runs() -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            cron = CronRunner(running, [EVERY_MINUTE], runs)
            await cron.start()
            runs.open.clear()
            for _ in range(3):
                clock.advance(60)
                await settled(running)
            assert runs.times == at("12:01:00")
            assert [lock.name for lock in await running.locks.active()] == ["cron:tick"]
            runs.open.set()
            await settled(running)
            clock.advance(60)
            await settled(running)
            assert runs.times == at("12:01:00", "12:04:00")
            await cron.stop()

    asyncio.run(scenario())


def test_a_run_keeps_others_away_for_five_minutes_and_no_longer() -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            cron = CronRunner(running, [EVERY_MINUTE], runs)
            await cron.start()
            runs.open.clear()
            for _ in range(6):
                clock.advance(60)
                await settled(running)
            assert runs.times == at("12:01:00", "12:06:00")
            await cron.stop()
            assert runs.ended == 0

    asyncio.run(scenario())


def test_two_runners_fire_a_tick_once() -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            crons = [CronRunner(running, [EVERY_MINUTE], runs) for _ in range(3)]
            for cron in crons:
                await cron.start()
            for _ in range(5):
                clock.advance(60)
                await settled(running)
            assert runs.times == at("12:01:00", "12:02:00", "12:03:00", "12:04:00", "12:05:00")
            for cron in crons:
                await cron.stop()

    asyncio.run(scenario())


def test_ticks_that_passed_are_not_made_up_for() -> None:
    class Asleep(ManualClock):
        """The machine sleeps: time passes, and only then the timers are looked at."""

        def move_to(self, moment: float) -> None:
            self._now = moment
            super().move_to(moment)

    async def scenario() -> None:
        clock, runs = Asleep(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            cron = CronRunner(running, [EVERY_MINUTE], runs)
            await cron.start()
            clock.advance(3 * 3600 + 45)
            await settled(running)
            assert runs.times == []
            clock.advance(15)
            await settled(running)
            assert runs.times == at("15:01:00")
            await cron.stop()

    asyncio.run(scenario())


def test_a_run_that_fails_is_logged_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        runs.fails = True
        async with engine(None, clock=clock) as running:
            cron = CronRunner(running, [EVERY_MINUTE], runs)
            await cron.start()
            for _ in range(2):
                clock.advance(60)
                await settled(running)
            assert runs.ended == 2
            await cron.stop()

    asyncio.run(scenario())
    assert "cron Tick: the run of 2026-03-02T12:01:00+00:00 failed: no" in caplog.text


def test_a_stop_waits_for_runs_as_long_as_it_may() -> None:
    async def scenario() -> None:
        clock, runs = ManualClock(NOON.timestamp()), Runs()
        async with engine(None, clock=clock) as running:
            cron = CronRunner(running, [EVERY_MINUTE], runs)
            await cron.start()
            runs.open.clear()
            clock.advance(60)
            await until(lambda: runs.times)
            stopping = asyncio.ensure_future(cron.stop(grace_s=10))
            await asyncio.sleep(0)
            runs.open.set()
            await stopping
            assert runs.ended == 1
            assert await running.locks.active() == []

    asyncio.run(scenario())


def test_a_lock_of_a_killed_run_does_not_outlive_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock(NOON.timestamp())
        async with engine(tmp_path, clock=clock) as running:
            assert await running.locks.acquire("cron:tick", 300, tick=clock.now()) is not None
        async with engine(tmp_path, clock=clock) as running:
            assert await running.locks.active() == []
            assert await running.locks.acquire("cron:tick", 300, tick=clock.now()) is None, "the tick has run"
            assert await running.locks.acquire("cron:tick", 300, tick=clock.now() + 60) is not None

    asyncio.run(scenario())


def test_an_expression_that_is_wrong_is_refused_at_once() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            with pytest.raises(ProjectError):
                CronRunner(running, [CronJob("x", "X", "61 * * * *")], Runs())

    asyncio.run(scenario())


def test_the_real_clock_fires_too() -> None:
    async def scenario() -> None:
        runs = Runs()
        async with engine(None) as running:
            cron = CronRunner(running, [CronJob("tick", "Tick", "* * * * * *")], runs)
            await cron.start()
            await until(lambda: runs.ended >= 2)
            await cron.stop()
            assert len(set(runs.times)) == len(runs.times)

    asyncio.run(scenario())


def test_locks_are_held_renewed_released_and_end() -> None:
    async def scenario() -> None:
        clock = ManualClock(1000.0)
        async with engine(None, clock=clock) as running:
            locks = running.locks
            lock = await locks.acquire("job", 10)
            assert lock is not None
            assert (lock.acquired_at, lock.expires_at) == (1_000_000, 1_010_000)
            assert await locks.acquire("job", 10) is None
            assert await locks.acquire("other", 10) is not None
            clock.advance(9)
            renewed = await locks.renew(lock, 10)
            assert renewed is not None
            clock.advance(9)
            assert [held.name for held in await locks.active()] == ["job"]
            await locks.release(renewed)
            second = await locks.acquire("job", 10)
            assert second is not None
            await locks.release(lock)
            assert await locks.acquire("job", 10) is None, "the old holder cannot release the new one's lock"
            clock.advance(11)
            assert await locks.renew(second, 10) is None
            assert await locks.acquire("job", 10) is not None

    asyncio.run(scenario())
