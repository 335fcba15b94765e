"""Queues behave as Amazon SQS with a Lambda behind it: each test is one sentence of that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from localstack.engine.running import Recorder, engine, failing, message, queue, until
from motia.backend import Message, Subscriber
from motia.errors import ProjectError
from motia_local.engine import Delivery, Engine, ManualClock, QueueCounts, QueueSpec


async def counts(running: Engine, step_id: str = "work") -> QueueCounts:
    return next(found for found in await running.queues.counts() if found.step_id == step_id)


def test_a_message_reaches_its_handler_whole() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            subscriber = Subscriber("Work", "work")
            data = {"text": "ä\ud800\0", "n": 1.5, "list": [None, True]}
            await running.events.publish([Message(subscriber, "a.b", data, "T-1", ("f", "g"), "tenant", "id")])
            assert await running.queues.wait_idle(10)
            assert handler.deliveries == [Delivery("1", "work", "a.b", data, "T-1", ("f", "g"), "tenant", 1, 4)]

    asyncio.run(scenario())


def test_one_publish_stores_all_its_messages_or_none() -> None:
    async def scenario() -> None:
        async with engine(None, queue(), queue("other")) as running:
            with pytest.raises(UnicodeEncodeError):
                await running.events.publish([message(1), message(2, "other", group_id="\ud800")])
            assert await running.queues.peek("work") == []

    asyncio.run(scenario())


def test_messages_published_before_anyone_consumes_wait_in_order() -> None:
    async def scenario() -> None:
        async with engine(None, queue(concurrency=1)) as running:
            for n in range(30):
                await running.events.publish([message(n)])
            handler = Recorder()
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            assert handler.seen == list(range(30))

    asyncio.run(scenario())


def test_a_failed_attempt_is_repeated_after_the_retry_delay() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(retry_delay_s=2), clock=clock) as running:

            async def act(delivery: Delivery) -> None:
                if delivery.receive_count == 1:
                    raise ValueError("first")

            handler = Recorder(act)
            running.queues.consume("work", handler)
            await running.events.publish([message("m")])
            await until(lambda: handler.deliveries)
            while not (await counts(running)).delayed:
                await asyncio.sleep(0)
            clock.advance(1.9)
            assert not await running.queues.wait_idle(0.05)
            assert len(handler.deliveries) == 1
            clock.advance(0.2)
            assert await running.queues.wait_idle(10)
            assert [delivery.receive_count for delivery in handler.deliveries] == [1, 2]
            assert handler.done == ["m"]

    asyncio.run(scenario())


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_attempts_are_max_retries_plus_one_and_then_the_message_is_dead(retries: int) -> None:
    async def scenario() -> None:
        async with engine(None, queue(max_retries=retries, retry_delay_s=0)) as running:
            handler = Recorder(failing)
            running.queues.consume("work", handler)
            await running.events.publish([message({"order": 7}, group_id="tenant")])
            assert await running.queues.wait_idle(10)
            assert [d.receive_count for d in handler.deliveries] == list(range(1, retries + 2))
            (dead,) = await running.queues.dead_letters("work")
            assert (dead.data, dead.topic, dead.trace_id, dead.group_id) == (
                {"order": 7}, "topic", "TRACE-0000001", "tenant",
            )  # fmt: skip
            assert (dead.attempts, dead.error) == (retries + 1, "no to {'order': 7}")
            assert dead.first_received_at is not None
            assert dead.sent_at <= dead.first_received_at <= dead.failed_at
            found = await counts(running)
            assert (found.visible, found.in_flight, found.delayed, found.dead) == (0, 0, 0, 1)

    asyncio.run(scenario())


def test_an_error_without_text_is_told_by_its_type() -> None:
    async def act(delivery: Delivery) -> None:
        raise KeyError if delivery.data else asyncio.CancelledError

    async def scenario() -> None:
        async with engine(None, queue(max_retries=0)) as running:
            running.queues.consume("work", act)
            await running.events.publish([message(1), message(0)])
            assert await running.queues.wait_idle(10)
            errors = [dead.error for dead in await running.queues.dead_letters("work")]
            assert errors == ["KeyError", "the attempt was cancelled"]

    asyncio.run(scenario())


def test_a_queue_with_a_delay_hands_out_late() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(delay_s=5), clock=clock) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            await running.events.publish([message("late")])
            assert (await counts(running)).delayed == 1
            clock.advance(4.9)
            assert not await running.queues.wait_idle(0.05)
            assert not handler.seen
            clock.advance(0.2)
            assert await running.queues.wait_idle(10)
            assert handler.seen == ["late"]

    asyncio.run(scenario())


def test_a_delay_passes_on_the_real_clock_without_anyone_calling() -> None:
    async def scenario() -> None:
        async with engine(None, queue(delay_s=0.05)) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            await running.events.publish([message("late")])
            assert await running.queues.wait_idle(10)
            assert handler.seen == ["late"]

    asyncio.run(scenario())


class Gate:
    """A handler whose first attempts wait until they are let go."""

    def __init__(self, held: int = 1) -> None:
        self.held = held
        self.open = asyncio.Event()

    async def __call__(self, delivery: Delivery) -> None:
        if delivery.receive_count <= self.held:
            await self.open.wait()


def test_an_attempt_past_its_visibility_timeout_is_repeated_and_its_late_success_ignored() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(visibility_timeout_s=30, concurrency=1), clock=clock) as running:
            gate = Gate()
            second = asyncio.Event()

            async def act(delivery: Delivery) -> None:
                await gate(delivery)
                if delivery.receive_count == 2:
                    await second.wait()

            handler = Recorder(act)
            running.queues.consume("work", handler)
            await running.events.publish([message("slow")])
            await until(lambda: handler.deliveries)
            clock.advance(29)
            assert (await counts(running)).in_flight == 1
            clock.advance(2)
            await until(lambda: len(handler.deliveries) == 2)
            gate.open.set()
            await until(lambda: handler.done)
            # The first attempt succeeded, but its receipt is old: the message is still the second attempt's.
            assert not await running.queues.wait_idle(0.05)
            assert (await counts(running)).in_flight == 1
            second.set()
            assert await running.queues.wait_idle(10)
            assert [delivery.receive_count for delivery in handler.deliveries] == [1, 2]

    asyncio.run(scenario())


def test_a_late_success_counts_while_the_message_was_not_received_again() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(visibility_timeout_s=30), clock=clock) as running:
            gate = Gate()
            handler = Recorder(gate)
            running.queues.consume("work", handler)
            await running.events.publish([message("slow")])
            await until(lambda: handler.deliveries)
            await running.queues.stop_consuming("work")
            clock.advance(31)
            assert (await counts(running)).visible == 1
            gate.open.set()
            await until(lambda: handler.done)
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            assert len(handler.deliveries) == 1

    asyncio.run(scenario())


def test_a_message_whose_attempts_all_hang_is_dead_with_its_reason() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(visibility_timeout_s=10, max_retries=1), clock=clock) as running:
            handler = Recorder(Gate(held=9))
            running.queues.consume("work", handler)
            await running.events.publish([message("hang")])
            for attempt in (1, 2):
                await until(lambda n=attempt: len(handler.deliveries) == n)
                clock.advance(11)
            assert await running.queues.wait_idle(10)
            (dead,) = await running.queues.dead_letters("work")
            assert dead.attempts == 2
            assert "did not finish" in dead.error

    asyncio.run(scenario())


def test_hanging_attempts_are_bounded() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        spec = queue(visibility_timeout_s=10, max_retries=0, concurrency=2)
        async with engine(None, spec, clock=clock) as running:
            handler = Recorder(Gate(held=9))
            running.queues.consume("work", handler)
            await running.events.publish([message(n) for n in range(12)])
            for begun in range(2, 13, 2):
                await until(lambda n=begun: len(handler.deliveries) == n)
                clock.advance(11)
            assert await running.queues.wait_idle(10)
            assert handler.most_active <= 4
            assert (await counts(running)).dead == 12

    asyncio.run(scenario())


@pytest.mark.parametrize(("concurrency", "expected"), [(1, 1), (3, 3), (None, 10)])
def test_no_more_attempts_run_at_a_time_than_the_queue_allows(concurrency: int | None, expected: int) -> None:
    async def scenario() -> None:
        async with engine(None, queue(concurrency=concurrency)) as running:
            gate = Gate()
            handler = Recorder(gate)
            running.queues.consume("work", handler)
            await running.events.publish([message(n) for n in range(40)])
            await until(lambda: handler.active == expected)
            found = await counts(running)
            assert (found.visible, found.in_flight) == (40 - expected, expected)
            gate.open.set()
            assert await running.queues.wait_idle(10)
            assert handler.most_active == expected
            assert sorted(handler.done) == list(range(40))

    asyncio.run(scenario())


def test_one_slow_queue_does_not_hold_up_another() -> None:
    async def scenario() -> None:
        async with engine(None, queue("slow"), queue("quick")) as running:
            gate = Gate()
            slow, quick = Recorder(gate), Recorder()
            running.queues.consume("slow", slow)
            running.queues.consume("quick", quick)
            await running.events.publish([message(n, "slow") for n in range(20)])
            await running.events.publish([message(n, "quick") for n in range(20)])
            await until(lambda: len(quick.done) == 20)
            assert not slow.done
            gate.open.set()
            assert await running.queues.wait_idle(10)

    asyncio.run(scenario())


def test_a_standard_queue_takes_equal_events_twice() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            await running.events.publish([message("same", dedup_id="1"), message("same", dedup_id="1")])
            assert await running.queues.wait_idle(10)
            assert handler.seen == ["same", "same"]

    asyncio.run(scenario())


def test_a_handler_can_be_replaced_while_messages_run() -> None:
    async def scenario() -> None:
        async with engine(None, queue(concurrency=2)) as running:
            gate = Gate()
            old, new = Recorder(gate), Recorder()
            running.queues.consume("work", old)
            await running.events.publish([message(n) for n in range(6)])
            await until(lambda: len(old.deliveries) == 2)
            running.queues.consume("work", new)
            gate.open.set()
            assert await running.queues.wait_idle(10)
            assert (len(old.done), len(new.done)) == (2, 4)

    asyncio.run(scenario())


def test_stopping_a_consumer_waits_for_its_attempts_and_begins_no_others() -> None:
    async def scenario() -> None:
        async with engine(None, queue(concurrency=2)) as running:
            gate = Gate()
            handler = Recorder(gate)
            running.queues.consume("work", handler)
            await running.events.publish([message(n) for n in range(6)])
            await until(lambda: handler.active == 2)
            stopping = asyncio.ensure_future(running.queues.stop_consuming("work", grace_s=10))
            await asyncio.sleep(0)
            assert not stopping.done()
            gate.open.set()
            await stopping
            assert len(handler.done) == 2
            found = await counts(running)
            assert (found.visible, found.in_flight, found.consumed) == (4, 0, False)

    asyncio.run(scenario())


def test_messages_received_for_a_consumer_that_just_left_lose_no_attempt() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            handler = Recorder()
            await running.events.publish([message(n) for n in range(5)])
            running.queues.consume("work", handler)
            await running.queues.stop_consuming("work")
            await running.events.publish([])
            await running.state.get("any", "thing")
            stored = await running.queues.peek("work")
            assert [(m.receive_count, m.in_flight) for m in stored] == [(0, False)] * 5
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            assert [d.receive_count for d in handler.deliveries] == [1] * 5

    asyncio.run(scenario())


def test_a_queue_that_disappears_keeps_its_messages_and_accepts_more_until_it_is_back() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            handler = Recorder()
            await running.events.publish([message(1)])
            await running.queues.configure([])
            await running.events.publish([message(2)])
            found = await counts(running)
            assert (found.visible, found.configured, found.consumed) == (2, False, False)
            with pytest.raises(ProjectError, match="no queue for the Step 'work'"):
                running.queues.consume("work", handler)
            await running.queues.configure([queue()])
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            assert handler.seen == [1, 2]

    asyncio.run(scenario())


def test_a_queue_that_disappears_is_not_consumed() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            await running.queues.configure([queue("other")])
            await running.events.publish([message(1)])
            assert await running.queues.wait_idle(1)
            assert not handler.seen

    asyncio.run(scenario())


def test_new_settings_hold_from_the_next_attempt() -> None:
    async def scenario() -> None:
        async with engine(None, queue(concurrency=1)) as running:
            gate = Gate()
            handler = Recorder(gate)
            running.queues.consume("work", handler)
            await running.events.publish([message(n) for n in range(6)])
            await until(lambda: handler.active == 1)
            await running.queues.configure([queue(concurrency=4)])
            await until(lambda: handler.active == 4)
            gate.open.set()
            assert await running.queues.wait_idle(10)

    asyncio.run(scenario())


def test_redriven_messages_run_again_with_all_their_attempts() -> None:
    async def scenario() -> None:
        async with engine(None, queue(max_retries=0)) as running:
            running.queues.consume("work", failing)
            await running.events.publish([message(n) for n in range(4)])
            assert await running.queues.wait_idle(10)
            letters = await running.queues.dead_letters("work")
            handler = Recorder()
            running.queues.consume("work", handler)
            assert await running.queues.redrive("work", letters[2].message_id) == 1
            assert await running.queues.wait_idle(10)
            assert (handler.seen, handler.deliveries[0].receive_count) == ([2], 1)
            assert await running.queues.redrive("work", letters[2].message_id) == 0
            assert await running.queues.redrive("work", "no such") == 0
            assert await running.queues.redrive("work") == 3
            assert await running.queues.wait_idle(10)
            assert sorted(handler.seen) == [0, 1, 2, 3]
            assert await running.queues.dead_letters("work") == []

    asyncio.run(scenario())


def test_a_purge_removes_what_waits_and_what_is_in_flight_or_the_dead_letters() -> None:
    async def scenario() -> None:
        async with engine(None, queue(max_retries=0, concurrency=2), queue("other")) as running:
            gate = Gate()

            async def act(delivery: Delivery) -> None:
                await gate(delivery)
                raise ValueError("no")

            handler = Recorder(act)
            running.queues.consume("work", handler)
            await running.events.publish([message(n) for n in range(5)] + [message("kept", "other")])
            await until(lambda: handler.active == 2)
            assert await running.queues.purge("work") == 5
            assert await running.queues.wait_idle(10)
            gate.open.set()
            await running.events.publish([message("dies")])
            await until(lambda: len(handler.deliveries) == 3)
            assert await running.queues.wait_idle(10)
            assert await running.queues.purge("work", dead=True) == 1
            assert len(await running.queues.peek("other")) == 1

    asyncio.run(scenario())


def test_peek_shows_messages_and_changes_nothing() -> None:
    async def scenario() -> None:
        clock = ManualClock(1000.0)
        async with engine(None, queue(), clock=clock) as running:
            await running.events.publish([message(n) for n in range(3)])
            for _ in range(2):
                stored = await running.queues.peek("work", limit=2)
                assert [(m.message_id, m.data, m.receive_count, m.sent_at) for m in stored] == [
                    ("1", 0, 0, 1_000_000),
                    ("2", 1, 0, 1_000_000),
                ]

    asyncio.run(scenario())


def test_idle_waits_for_messages_that_handlers_send_on() -> None:
    async def scenario() -> None:
        async with engine(None, queue("first"), queue("second")) as running:

            async def act(delivery: Delivery) -> None:
                await running.events.publish([message(delivery.data, "second")])

            second = Recorder()
            running.queues.consume("first", act)
            running.queues.consume("second", second)
            await running.events.publish([message(n, "first") for n in range(20)])
            assert await running.queues.wait_idle(10)
            assert sorted(second.done) == list(range(20))

    asyncio.run(scenario())


def test_idle_can_be_awaited_by_several_at_once_and_gives_up_in_time() -> None:
    async def scenario() -> None:
        async with engine(None, queue()) as running:
            gate = Gate()
            running.queues.consume("work", Recorder(gate))
            await running.events.publish([message(1)])
            assert not await running.queues.wait_idle(0.05)
            waiting = [asyncio.ensure_future(running.queues.wait_idle(10)) for _ in range(5)]
            await asyncio.sleep(0)
            gate.open.set()
            assert await asyncio.gather(*waiting) == [True] * 5

    asyncio.run(scenario())


def test_fourteen_days_are_the_longest_a_message_is_kept() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, queue(max_retries=0), queue("dead", max_retries=0), clock=clock) as running:
            running.queues.consume("dead", failing)
            await running.events.publish([message("old"), message("old", "dead")])
            assert await running.queues.wait_idle(10)
            clock.advance(14 * 86_400 - 60)
            await running.queues.tidy()
            assert ((await counts(running)).visible, (await counts(running, "dead")).dead) == (1, 1)
            clock.advance(61)
            await running.queues.tidy()
            assert ((await counts(running)).visible, (await counts(running, "dead")).dead) == (0, 0)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "wrong",
    [{"max_retries": -1}, {"delay_s": -0.1}, {"retry_delay_s": -1}, {"concurrency": 0}, {"visibility_timeout_s": 0}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ProjectError, match=f"{next(iter(wrong))} is .*allowed"):
        QueueSpec("work", "Work", **wrong)
