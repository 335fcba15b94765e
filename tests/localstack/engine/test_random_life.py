"""Whatever happens to a queue, every message ends once: it succeeded, or it is a dead letter."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from localstack.engine.running import engine, message, queue
from motia_local.engine import Delivery, Engine, ManualClock

MESSAGES = 80
TIMEOUT_S = 10.0
LEAP_S = 9.0  # an attempt that begins while time leaps is not late for it


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("fifo", [False, True])
def test_failures_hangs_pauses_and_restarts_lose_and_repeat_nothing(tmp_path: Path, fifo: bool, seed: int) -> None:
    chance = random.Random(seed)
    clock = ManualClock()
    attempts: Counter[int] = Counter()
    succeeded: Counter[int] = Counter()
    working: set[int] = set()

    async def settle(running: Engine) -> None:
        """Return when only hanging attempts are left: time that passes makes no other late."""
        begun = -1
        while working or attempts.total() != begun:
            begun = attempts.total()
            for _ in range(3):
                await running.state.get("any", "thing")

    async def act(delivery: Delivery) -> None:
        n = delivery.data
        attempts[n] += 1
        assert delivery.receive_count == attempts[n]
        fate = chance.random()
        if fate < 0.15:
            raise ValueError("fails")
        if fate < 0.3:
            await asyncio.Event().wait()
        working.add(n)
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
        finally:
            working.discard(n)
        # Nothing is awaited between this line and the engine's own: a success here is one it records.
        succeeded[n] += 1

    async def life(first: int, last: int) -> None:
        spec = queue(fifo=fifo, max_retries=4, visibility_timeout_s=TIMEOUT_S, concurrency=chance.choice([1, 3, 10]))
        async with engine(tmp_path, spec, clock=clock) as running:
            running.queues.consume("work", act)
            for n in range(first, last):
                await running.events.publish([message(n, fifo=fifo, group_id=f"g{n % 5}", dedup_id=str(n))])
                match chance.randrange(12):
                    case 0:
                        await settle(running)
                        clock.advance(chance.random() * LEAP_S)
                    case 1:
                        await running.queues.stop_consuming("work")
                    case 2 | 3:
                        running.queues.consume("work", act)
                    case 4:
                        await running.queues.configure([])
                        await running.queues.configure([spec])
                        running.queues.consume("work", act)

    async def scenario() -> None:
        for first in range(0, MESSAGES, 20):
            await life(first, first + 20)
        spec = queue(fifo=fifo, max_retries=4, visibility_timeout_s=TIMEOUT_S)
        async with engine(tmp_path, spec, clock=clock) as running:
            running.queues.consume("work", act)
            while not await running.queues.wait_idle(0.01):
                await settle(running)
                clock.advance(LEAP_S)
            dead = {letter.data for letter in await running.queues.dead_letters("work")}
            assert dead | set(succeeded) == set(range(MESSAGES))
            assert not dead & set(succeeded)
            assert set(succeeded.values()) == {1}
            assert max(attempts.values()) <= 5
            assert all(attempts[n] == 5 for n in dead)

    asyncio.run(scenario())
