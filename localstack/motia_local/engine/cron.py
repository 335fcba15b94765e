"""Cron: each job fires at its ticks, once a tick, and never beside itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from motia_local.engine.clock import Clock, Timer
from motia_local.engine.engine import Engine
from motia_project.cron import Schedule, schedule

RUN_LOCK_S = 300.0  # a run longer than this no longer keeps the next tick away
LATEST_START_S = 30.0  # a tick that comes later, because the machine slept, is missed
_CANCEL_S = 5.0
_log = logging.getLogger("motia.engine")


@dataclass(frozen=True)
class CronJob:
    """When a cron Step runs. expression: 5 fields, or 6 with leading seconds. timezone: IANA name, None for UTC."""

    step_id: str
    name: str
    expression: str
    timezone: str | None = None


Fire = Callable[[CronJob, datetime], Awaitable[None]]


class CronRunner:
    """Runs `fire(job, scheduled_time)` at every tick of every job, between `start` and `stop`.

    scheduled_time: aware, UTC. Ticks that pass while nothing runs are missed; a tick while the job's last run goes
    on is skipped. A run that fails is logged; cron has no retries.
    """

    def __init__(self, engine: Engine, jobs: Iterable[CronJob], fire: Fire, clock: Clock | None = None) -> None:
        self._engine = engine
        self._clock = clock or engine.clock
        self._fire = fire
        self._jobs = [(job, schedule(job.expression, job.timezone)) for job in jobs]
        self._timers: dict[str, Timer] = {}
        self._runs: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Wait for the first ticks."""
        for job, when in self._jobs:
            self._arm(job, when)

    async def stop(self, *, grace_s: float = 0.0) -> None:
        """No more ticks; runs that have not ended after `grace_s` seconds are cancelled."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._runs and grace_s > 0:
            await asyncio.wait(self._runs, timeout=grace_s)
        for run in self._runs:
            run.cancel()
        if self._runs:
            await asyncio.wait(self._runs, timeout=_CANCEL_S)

    def _arm(self, job: CronJob, when: Schedule) -> None:
        tick = when.next_after(datetime.fromtimestamp(self._clock.now(), UTC))
        self._timers[job.step_id] = self._clock.call_at(tick.timestamp(), lambda: self._due(job, when, tick))

    def _due(self, job: CronJob, when: Schedule, tick: datetime) -> None:
        self._arm(job, when)
        late_s = self._clock.now() - tick.timestamp()
        if late_s > LATEST_START_S:
            _log.warning("cron %s: the tick of %s was missed by %.0f s", job.name, tick.isoformat(), late_s)
            return
        run = asyncio.get_running_loop().create_task(self._run(job, tick))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    async def _run(self, job: CronJob, tick: datetime) -> None:
        try:
            lock = await self._engine.locks.acquire(f"cron:{job.step_id}", RUN_LOCK_S, tick=tick.timestamp())
            if lock is None:
                _log.debug("cron %s: the tick of %s is taken, or the last run goes on", job.name, tick.isoformat())
                return
            try:
                await self._fire(job, tick)
            finally:
                await self._engine.locks.release(lock)
        except Exception as error:
            _log.error("cron %s: the run of %s failed: %s", job.name, tick.isoformat(), error)
