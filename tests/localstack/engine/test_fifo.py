"""FIFO queues: a group in order, one at a time, and groups beside each other."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import pytest

from localstack.engine.running import Recorder, engine, failing, message, queue, until
from motia_local.engine import Delivery, ManualClock

GROUPS = "abcde"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("concurrency", [1, 3, 10])
def test_every_group_runs_in_order_whatever_fails(seed: int, concurrency: int) -> None:
    chance = random.Random(seed)
    sent = [(chance.choice(GROUPS), n) for n in range(100)]
    hopeless = {n for n in range(100) if chance.random() < 0.05}
    begun: dict[str, list[int]] = defaultdict(list)
    ended: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    busy: set[str] = set()

    async def act(delivery: Delivery) -> None:
        group, n = delivery.group_id or "", delivery.data
        assert group not in busy, "two messages of one group at a time"
        busy.add(group)
        begun[group].append(n)
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        busy.discard(group)
        failed = n in hopeless or chance.random() < 0.3
        last = delivery.receive_count == delivery.max_receives
        if failed and (n in hopeless or not last):
            if last:
                ended[group].append((n, False))
            raise ValueError("no")
        ended[group].append((n, True))

    async def scenario() -> None:
        spec = queue(fifo=True, concurrency=concurrency, max_retries=2, retry_delay_s=0)
        async with engine(None, spec) as running:
            running.queues.consume("work", act)
            for start in range(0, 100, 7):
                await running.events.publish(
                    [message(n, fifo=True, group_id=group, dedup_id=str(n)) for group, n in sent[start : start + 7]]
                )
            assert await running.queues.wait_idle(20)
            dead = await running.queues.dead_letters("work")
            assert {letter.data for letter in dead} == hopeless
            assert {letter.attempts for letter in dead} <= {3}

    asyncio.run(scenario())
    for group in GROUPS:
        expected = [n for name, n in sent if name == group]
        assert [n for n, _ in ended[group]] == expected
        assert list(dict.fromkeys(begun[group])) == expected
        assert begun[group] == sorted(begun[group])


def test_a_group_waits_for_its_failing_message_and_the_others_do_not() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(fifo=True, max_retries=1), clock=clock) as running:

            async def act(delivery: Delivery) -> None:
                if delivery.data == "a1":
                    raise ValueError("no")

            handler = Recorder(act)
            running.queues.consume("work", handler)
            names = ["a1", "a2", "b1", "b2"]
            await running.events.publish([message(n, fifo=True, group_id=n[0]) for n in names])
            await until(lambda: len(handler.done) == 2)
            assert not await running.queues.wait_idle(0.05)
            assert handler.done == ["b1", "b2"]
            clock.advance(2.1)
            assert await running.queues.wait_idle(10)
            assert handler.seen.count("a1") == 2
            assert handler.done == ["b1", "b2", "a2"]

    asyncio.run(scenario())


def test_groups_run_beside_each_other() -> None:
    async def scenario() -> None:
        async with engine(None, queue(fifo=True)) as running:
            opened = asyncio.Event()

            async def act(delivery: Delivery) -> None:
                await opened.wait()

            handler = Recorder(act)
            running.queues.consume("work", handler)
            await running.events.publish([message(n, fifo=True, group_id=f"g{n % 4}") for n in range(12)])
            await until(lambda: handler.active == 4)
            assert sorted(handler.seen) == [0, 1, 2, 3]
            opened.set()
            assert await running.queues.wait_idle(10)

    asyncio.run(scenario())


def test_an_event_sent_again_within_five_minutes_is_taken_once() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(fifo=True), queue("other", fifo=True), clock=clock) as running:
            handler, other = Recorder(), Recorder()
            running.queues.consume("work", handler)
            running.queues.consume("other", other)

            async def send(data: str, dedup_id: str, step_id: str = "work") -> None:
                await running.events.publish(
                    [message(data, step_id, fifo=True, group_id="g", dedup_id=dedup_id)] * 2  # in one publish, too
                )
                assert await running.queues.wait_idle(10)

            await send("first", "1")
            await send("again", "1")
            await send("elsewhere", "1", "other")
            await send("different", "2")
            clock.advance(299)
            await running.queues.tidy()
            await send("still", "1")
            clock.advance(2)
            await send("later", "1")
            assert handler.seen == ["first", "different", "later"]
            assert other.seen == ["elsewhere"]

    asyncio.run(scenario())


def test_events_without_a_group_are_one_group() -> None:
    async def scenario() -> None:
        async with engine(None, queue(fifo=True)) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            await running.events.publish([message(n, fifo=True) for n in range(20)])
            assert await running.queues.wait_idle(10)
            assert handler.seen == list(range(20))
            assert handler.most_active == 1

    asyncio.run(scenario())


def test_a_group_goes_on_behind_a_message_that_hung_to_its_end() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        spec = queue(fifo=True, max_retries=0, visibility_timeout_s=10)
        async with engine(None, spec, clock=clock) as running:

            async def act(delivery: Delivery) -> None:
                if delivery.data == "hangs":
                    await asyncio.Event().wait()

            handler = Recorder(act)
            running.queues.consume("work", handler)
            await running.events.publish([message(n, fifo=True, group_id="g") for n in ("hangs", "next")])
            await until(lambda: handler.active)
            clock.advance(11)
            assert await running.queues.wait_idle(10)
            assert handler.seen == ["hangs", "next"]

    asyncio.run(scenario())


def test_a_queue_may_become_fifo_and_standard_again_with_messages_in_it() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            await running.events.publish([message(f"{n % 2}-{n}", group_id=f"g{n % 2}") for n in range(20)])
            await running.queues.configure([queue(fifo=True)])
            await running.events.publish([message(f"{n % 2}-{n}", group_id=f"g{n % 2}") for n in range(20, 30)])
            handler = Recorder()
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            for group in "01":
                expected = [f"{group}-{n}" for n in range(30) if n % 2 == int(group)]
                assert [data for data in handler.done if data[0] == group] == expected
            assert handler.most_active <= 2
            await running.queues.stop_consuming("work")
            await running.events.publish([message(n, group_id="g") for n in range(10)])
            await running.queues.configure([queue()])
            opened = asyncio.Event()

            async def act(delivery: Delivery) -> None:
                await opened.wait()

            standard = Recorder(act)
            running.queues.consume("work", standard)
            await until(lambda: standard.active == 10)
            opened.set()
            assert await running.queues.wait_idle(10)

    asyncio.run(scenario())


def test_redriven_messages_queue_up_behind_their_group() -> None:
    async def scenario() -> None:
        async with engine(None, queue(fifo=True, max_retries=0)) as running:
            running.queues.consume("work", failing)
            await running.events.publish([message(n, fifo=True, group_id="g") for n in range(3)])
            assert await running.queues.wait_idle(10)
            await running.queues.stop_consuming("work")
            await running.events.publish([message(n, fifo=True, group_id="g") for n in range(3, 6)])
            assert await running.queues.redrive("work") == 3
            handler = Recorder()
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            assert handler.done == [3, 4, 5, 0, 1, 2]

    asyncio.run(scenario())


def test_a_purged_group_can_be_used_again() -> None:
    async def scenario() -> None:
        async with engine(None, queue(fifo=True)) as running:
            await running.events.publish([message(n, fifo=True, group_id="g") for n in range(3)])
            assert await running.queues.purge("work") == 3
            handler = Recorder()
            running.queues.consume("work", handler)
            await running.events.publish([message("new", fifo=True, group_id="g")])
            assert await running.queues.wait_idle(10)
            assert handler.seen == ["new"]

    asyncio.run(scenario())
