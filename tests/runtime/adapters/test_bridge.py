"""Adapters as the stores of contexts, and events as adapters see them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from motia.adapters import CronLock, Event, QueueConfig, StateItem
from motia.adapters.bridge import OUTSIDE, AdapterEvents, AdapterState, AdapterStreams, events_of, tick_name
from motia.adapters.memory import MemoryStateAdapter, MemoryStreamAdapter
from motia.adapters.memory_events import MemoryEventAdapter
from motia.backend import Message, Subscriber


def message(name: str, dedup_id: str, data: Any = 1) -> Message:
    return Message(Subscriber(name, name), "topic", data, "TRACE-0000001", ("flow",), "ada", dedup_id)


def test_an_event_for_several_steps_is_one_event() -> None:
    events = events_of([message("a", "1"), message("b", "1"), Message(OUTSIDE, "topic", 1, "T", dedup_id="2")])
    assert [(event.topic, event.data, event.message_group_id) for event in events] == [
        ("topic", 1, "ada"),
        ("topic", 1, None),
    ]
    assert events[0].flows == ("flow",)
    assert isinstance(events[0].timestamp, int)


def test_published_messages_reach_the_adapter() -> None:
    async def check() -> None:
        adapter = MemoryEventAdapter()
        heard: list[Event] = []
        await adapter.subscribe("topic", "Step", heard.append)
        await AdapterEvents(adapter).publish([message("a", "1"), message("b", "1"), message("a", "2", 2)])
        await adapter.wait_idle(5)
        assert [event.data for event in heard] == [1, 2]

    asyncio.run(check())


def test_state_gives_the_value_back_whatever_the_adapter_returns() -> None:
    class Silent(MemoryStateAdapter):
        async def set(self, group_id: str, key: str, value: Any) -> Any:
            await super().set(group_id, key, value)

    assert asyncio.run(AdapterState(Silent()).set("g", "k", 0)) == 0


def test_streams_tell_what_happened_and_make_one_adapter_each() -> None:
    made: list[str] = []
    pushed: list[tuple[Any, ...]] = []

    def make(name: str) -> MemoryStreamAdapter:
        made.append(name)
        return MemoryStreamAdapter(name)

    async def push(stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        pushed.append((stream, id, event["type"]))

    async def check() -> None:
        streams = AdapterStreams(make, push)
        await streams.set("chat", "room", "1", {"a": 1})
        await streams.set("chat", "room", "1", {"a": 2})
        await streams.delete("chat", "room", "1")
        assert await streams.delete("chat", "room", "1") is None
        await streams.send("news", "room", None, {"type": "typing", "data": 1})

    asyncio.run(check())
    assert made == ["chat", "news"]
    assert pushed == [
        ("chat", "1", "create"),
        ("chat", "1", "update"),
        ("chat", "1", "delete"),
        ("news", None, "event"),
    ]


def test_a_tick_has_one_name_in_every_zone() -> None:
    tick = datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert tick_name("Tick", tick) == "cron#Tick#2026-01-01T06:00"
    assert tick_name("Tick", tick.astimezone(timezone(timedelta(hours=2)))) == tick_name("Tick", tick)
    assert tick_name("Tick", tick.replace(second=5)) == "cron#Tick#2026-01-01T06:00:05"


def test_types_have_the_shape_of_the_reference() -> None:
    event = Event("t", {"a": 1}, 5, "T", ("f",), "g")
    raw = {"topic": "t", "data": {"a": 1}, "timestamp": 5, "traceId": "T", "flows": ["f"], "messageGroupId": "g"}
    assert event.to_json() == raw
    assert Event.from_json(raw) == event
    assert Event("t").to_json() == {"topic": "t", "data": None, "flows": []}
    assert Event.from_json({"topic": "t"}) == Event("t")
    assert StateItem("g", "k", "null", None).to_json() == {"groupId": "g", "key": "k", "type": "null", "value": None}
    assert CronLock("j", "i", 1, 2, "l").to_json() == {
        "jobName": "j", "instanceId": "i", "acquiredAt": 1, "expiresAt": 2, "lockId": "l",
    }  # fmt: skip
    assert QueueConfig("fifo", 1, 60, 5, 2).to_json() == {
        "type": "fifo", "maxRetries": 1, "visibilityTimeout": 60, "delaySeconds": 5, "concurrency": 2,
    }  # fmt: skip
