"""What `emit` and event Steps need of an EventAdapter."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

from motia.adapters import Event, EventAdapter, QueueConfig
from motia.testing.contract.base import Adapters, Contract, eventually, unique

Events = Adapters[EventAdapter]

DATA: tuple[Any, ...] = (None, 0, "", "é \U0001f600", [1, {"a": None}], {"id": "1", "n": {"deep": [True]}})


class EventAdapterContract(Contract[EventAdapter]):
    """Events to the Steps that subscribe.

    Define `make_adapter(self)`. Set to False what an adapter does not do: retries (a handler that raises is called
    again), fifo (groups in order), delays (`delay_seconds`). quiet_s: how long a test listens for what must not come.
    """

    retries: bool = True
    fifo: bool = True
    delays: bool = True
    quiet_s: float = 0.2

    def test_an_event_comes_with_all_it_has(self) -> None:
        async def check(adapters: Events) -> None:
            events, topic, heard = await adapters.new(), unique("topic"), Heard()
            await events.subscribe(topic, unique("Step"), heard)
            sent = Event(topic, {"a": [1]}, 1_700_000_000_123, "ABCDE-0000001", ("orders",), "ada")
            await events.emit(sent)
            [event] = await self._heard(heard, 1)
            assert isinstance(event.timestamp, int), f"timestamp is {event.timestamp!r}"
            event = replace(event, timestamp=sent.timestamp)  # an adapter may have a clock of its own
            assert event == sent, f"{event!r} is not {sent!r}"

        self.run(check)

    def test_data_comes_as_it_was_sent(self) -> None:
        async def check(adapters: Events) -> None:
            events, topic, heard = await adapters.new(), unique("topic"), Heard()
            await events.subscribe(topic, unique("Step"), heard)
            for data in DATA:
                await events.emit(Event(topic, {"data": data}))
            found = [event.data["data"] for event in await self._heard(heard, len(DATA))]
            assert all(data in found for data in DATA), f"{found!r} is not {DATA!r}"

        self.run(check)

    def test_every_step_gets_every_event_of_its_topics_once(self) -> None:
        async def check(adapters: Events) -> None:
            events, one, two = await adapters.new(), unique("one"), unique("two")
            first, second, both = Heard(), Heard(), Heard()
            await events.subscribe(one, unique("First"), first)
            await events.subscribe(two, unique("Second"), second)
            name = unique("Both")
            await events.subscribe(one, name, both)
            await events.subscribe(two, name, both)
            for number in range(5):
                await events.emit(Event(one, number))
                await events.emit(Event(two, number + 10))
            await self._heard(both, 10)
            await self._heard(first, 5)
            await self._heard(second, 5)
            await asyncio.sleep(self.quiet_s)
            assert sorted(event.data for event in both.events) == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
            assert sorted(event.data for event in first.events) == [0, 1, 2, 3, 4]
            assert {event.topic for event in first.events} == {one}
            assert sorted(event.data for event in second.events) == [10, 11, 12, 13, 14]

        self.run(check)

    def test_an_event_nobody_waits_for_is_accepted(self) -> None:
        async def check(adapters: Events) -> None:
            await (await adapters.new()).emit(Event(unique("nobody"), {"a": 1}))

        self.run(check)

    def test_a_handler_may_be_a_plain_function(self) -> None:
        async def check(adapters: Events) -> None:
            events, topic, heard = await adapters.new(), unique("topic"), []
            await events.subscribe(topic, unique("Step"), lambda event: heard.append(event.data))
            await events.emit(Event(topic, "a"))
            await eventually(lambda: heard == ["a"], self.within_s, "a plain handler is called")

        self.run(check)

    def test_a_subscription_can_be_ended(self) -> None:
        async def check(adapters: Events) -> None:
            events, topic = await adapters.new(), unique("topic")
            first, second, third = Heard(), Heard(), Heard()
            one = await events.subscribe(topic, unique("One"), first)
            two = await events.subscribe(topic, unique("Two"), second)
            await events.subscribe(topic, unique("Three"), third)
            assert one.id != two.id
            assert one.topic == topic
            assert await events.get_subscription_count(topic) == 3
            assert topic in await events.list_topics()
            await events.unsubscribe(one)
            await two.unsubscribe()
            await events.unsubscribe(one)
            await two.unsubscribe()
            assert await events.get_subscription_count(topic) == 1
            await events.emit(Event(topic, 1))
            await self._heard(third, 1)
            await asyncio.sleep(self.quiet_s)
            assert (first.events, second.events) == ([], [])

        self.run(check)

    def test_topics_are_counted_apart(self) -> None:
        async def check(adapters: Events) -> None:
            events, topic = await adapters.new(), unique("topic")
            assert await events.get_subscription_count(topic) == 0
            assert topic not in await events.list_topics()
            handle = await events.subscribe(topic, unique("Step"), Heard())
            assert await events.get_subscription_count(f"{topic}s") == 0
            await events.unsubscribe(handle)
            assert topic not in await events.list_topics()

        self.run(check)

    def test_nothing_comes_after_the_shutdown(self) -> None:
        async def check(adapters: Events) -> None:
            events, topic, heard = await adapters.new(), unique("topic"), Heard()
            await events.subscribe(topic, unique("Step"), heard)
            await events.shutdown()
            if self.shared:
                await (await adapters.new()).emit(Event(topic, 1))
            await asyncio.sleep(self.quiet_s)
            assert heard.events == []

        self.run(check)

    def test_processes_share_the_events_of_a_step(self) -> None:
        async def check(adapters: Events) -> None:
            if self.shared:
                first, second, topic, step = await adapters.new(), await adapters.new(), unique("topic"), unique("Step")
                heard = Heard()
                await first.subscribe(topic, step, heard)
                await second.subscribe(topic, step, heard)
                for number in range(10):
                    await first.emit(Event(topic, number))
                await self._heard(heard, 10)
                await asyncio.sleep(self.quiet_s)
                counted = Counter(event.data for event in heard.events)
                assert counted == dict.fromkeys(range(10), 1), f"heard {dict(counted)!r}"

        self.run(check)

    def test_a_failing_handler_is_called_again_and_not_for_ever(self) -> None:
        async def check(adapters: Events) -> None:
            if not self.retries:
                return
            events, topic, heard = await adapters.new(), unique("topic"), Heard(fails=9)
            await events.subscribe(topic, unique("Step"), heard, QueueConfig(max_retries=2))
            await events.emit(Event(topic, "no"))
            await self._heard(heard, 3)
            await asyncio.sleep(max(self.quiet_s, 2 * heard.longest_gap_s))
            assert [event.data for event in heard.events] == ["no"] * 3

        self.run(check)

    def test_a_handler_that_succeeds_in_the_end_is_not_called_again(self) -> None:
        async def check(adapters: Events) -> None:
            if not self.retries:
                return
            events, topic, heard = await adapters.new(), unique("topic"), Heard(fails=1)
            await events.subscribe(topic, unique("Step"), heard, QueueConfig(max_retries=3))
            await events.emit(Event(topic, "yes"))
            await self._heard(heard, 2)
            await asyncio.sleep(max(self.quiet_s, 2 * heard.longest_gap_s))
            assert len(heard.events) == 2

        self.run(check)

    def test_a_message_group_keeps_its_order(self) -> None:
        async def check(adapters: Events) -> None:
            if not self.fifo:
                return
            events, topic, heard = await adapters.new(), unique("topic"), Heard(fails=1 if self.retries else 0)
            await events.subscribe(topic, unique("Step"), heard, QueueConfig("fifo", max_retries=2))
            for number in range(6):
                for group in "ab":
                    await events.emit(Event(topic, [group, number], message_group_id=group))
            await self._heard(heard, 13 if self.retries else 12)
            done = [event.data for event in heard.succeeded]
            for group in "ab":
                order = [number for name, number in done if name == group]
                assert order == list(range(6)), f"group {group} came as {order}"

        self.run(check)

    def test_a_delay_passes_before_an_event_comes(self) -> None:
        async def check(adapters: Events) -> None:
            if not self.delays:
                return
            events, topic, heard = await adapters.new(), unique("topic"), Heard()
            await events.subscribe(topic, unique("Step"), heard, QueueConfig(delay_seconds=1))
            began = asyncio.get_running_loop().time()
            await events.emit(Event(topic, 1))
            await self._heard(heard, 1)
            assert asyncio.get_running_loop().time() - began > 0.9

        self.run(check)

    async def _heard(self, heard: Heard, count: int) -> list[Event]:
        await eventually(lambda: len(heard.events) >= count, self.within_s, f"{count} events, not {len(heard.events)}")
        return heard.events


class Heard:
    """An EventHandler that remembers. fails: how many of its first calls raise. longest_gap_s: between two calls."""

    def __init__(self, fails: int = 0) -> None:
        self.events: list[Event] = []
        self.succeeded: list[Event] = []
        self.longest_gap_s = 0.0
        self._fails = fails
        self._last = 0.0

    async def __call__(self, event: Event) -> None:
        now = asyncio.get_running_loop().time()
        self.longest_gap_s = max(self.longest_gap_s, now - self._last if self._last else 0.0)
        self._last = now
        self.events.append(event)
        if len(self.events) <= self._fails:
            raise ValueError(f"call {len(self.events)} fails")
        self.succeeded.append(event)
