"""The interfaces of adapters, and the adapters in memory as examples of them."""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import time
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.sentences import only, sentence, sentences
from motia.adapters import (
    CronAdapter,
    Event,
    EventAdapter,
    StateAdapter,
    StateItem,
    StateItemsInput,
    StreamAdapter,
    StreamFilter,
    SubscriptionHandle,
)
from motia.adapters.memory import MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter
from motia.adapters.memory_events import MemoryEventAdapter
from node_packages import install
from node_tests import compile_test

Scenario = Callable[[], Coroutine[Any, Any, None]]
SCENARIOS = Path(__file__).with_name("adapters.ts")


@pytest.fixture
def said(request: pytest.FixtureRequest) -> str:
    """The sentence of the test."""
    text: str = request.node.get_closest_marker("sentence").args[0].text
    return text


@cache
def outcomes() -> dict[str, str]:
    """Sentence -> "ok" or "not ok", of the scenarios in TypeScript."""
    compiled = compile_test(SCENARIOS, install())
    try:
        done = subprocess.run(
            ["node", "--test-reporter=tap", str(compiled)], capture_output=True, text=True, timeout=60
        )
    finally:
        compiled.unlink()
        compiled.with_name(f"{compiled.name}.map").unlink()
    found = {text: outcome for outcome, text in re.findall(r"^(ok|not ok) \d+ - (.*)$", done.stdout, re.MULTILINE)}
    assert found, done.stderr
    return found


async def filled() -> MemoryStateAdapter:
    state = MemoryStateAdapter()
    await state.set("orders", "1", {"n": 1})
    await state.set("orders", "2", [2])
    await state.set("users", "1", "Ada")
    return state


async def state_get() -> None:
    state = await filled()
    assert [await state.get("orders", "1"), await state.get("orders", "9")] == [{"n": 1}, None]


async def state_set() -> None:
    assert await (await filled()).set("orders", "1", {"n": 5}) == {"n": 5}


async def state_delete() -> None:
    state = await filled()
    assert [await state.delete("orders", "1"), await state.delete("orders", "1")] == [{"n": 1}, None]


async def state_get_group() -> None:
    assert await (await filled()).get_group("orders") == [{"n": 1}, [2]]


async def state_clear() -> None:
    state = await filled()
    await state.clear("orders")
    assert [await state.get_group("orders"), await state.get_group("users")] == [[], ["Ada"]]


async def state_keys() -> None:
    assert sorted(await (await filled()).keys("orders")) == ["1", "2"]


async def state_trace_ids() -> None:
    assert sorted(await (await filled()).trace_ids()) == ["orders", "users"]


async def state_items() -> None:
    found = await (await filled()).items(StateItemsInput(group_id="users"))
    assert found == [StateItem("users", "1", "string", "Ada")]
    assert len(await (await filled()).items(StateItemsInput())) == 3


async def state_cleanup() -> None:
    assert await (await filled()).cleanup() is None


@sentences(
    "Adapter interfaces",
    "method, scenario",
    {
        "StateAdapter.get gives the value or None": ("get", state_get),
        "StateAdapter.set stores and gives the value": ("set", state_set),
        "StateAdapter.delete removes and gives the value or None": ("delete", state_delete),
        "StateAdapter.getGroup gives the values of a group": ("get_group", state_get_group),
        "StateAdapter.clear removes a group": ("clear", state_clear),
        "StateAdapter.keys gives the keys of a group": ("keys", state_keys),
        "StateAdapter.traceIds gives the groups": ("trace_ids", state_trace_ids),
        "StateAdapter.items gives the items of a group or of all": ("items", state_items),
        "StateAdapter.cleanup lets go": ("cleanup", state_cleanup),
    },
)
def test_a_state_adapter(language: str, said: str, method: str, scenario: Scenario) -> None:
    if language == "typescript":
        assert outcomes()[said] == "ok"
        return
    _is_asynchronous(StateAdapter, method, optional=("cleanup",))
    asyncio.run(scenario())


async def room() -> MemoryStreamAdapter:
    chat = MemoryStreamAdapter("chat")
    await chat.set("room", "b", {"n": 1})
    await chat.set("room", "a", {"n": 2})
    return chat


async def stream_constructor() -> None:
    assert MemoryStreamAdapter("chat").stream_name == "chat"


async def stream_get() -> None:
    chat = await room()
    found = await chat.get("room", "a")
    assert found is not None
    assert {"id": "a", "n": 2}.items() <= found.items()
    assert await chat.get("room", "x") is None


async def stream_set() -> None:
    assert {"id": "c", "n": 3}.items() <= (await (await room()).set("room", "c", {"n": 3})).items()


async def stream_delete() -> None:
    chat = await room()
    gone = await chat.delete("room", "a")
    assert gone is not None
    assert gone["id"] == "a"
    assert await chat.delete("room", "a") is None


async def stream_get_group() -> None:
    assert [item["id"] for item in await (await room()).get_group("room")] == ["b", "a"]


async def stream_send() -> None:
    chat, told = await room(), []
    await chat.subscribe({"groupId": "room"}, told.append)
    await chat.send({"groupId": "room"}, {"type": "typing", "data": 1})
    await chat.send({"groupId": "other"}, {"type": "typing", "data": 2})
    assert told == [{"type": "typing", "data": 1}]


async def stream_subscribe() -> None:
    chat, told = await room(), []

    async def handler(event: Any) -> None:
        told.append(event["type"])

    await chat.subscribe({"groupId": "room", "id": "a"}, handler)
    await chat.send({"groupId": "room", "id": "a"}, {"type": "seen", "data": None})
    assert told == ["seen"]


async def stream_unsubscribe() -> None:
    chat, told = await room(), []
    await chat.subscribe({"groupId": "room"}, told.append)
    await chat.unsubscribe({"groupId": "room"})
    await chat.send({"groupId": "room"}, {"type": "typing", "data": 1})
    assert told == []


async def stream_clear() -> None:
    chat = await room()
    await chat.clear("room")
    assert await chat.get_group("room") == []


async def stream_query() -> None:
    chat = await room()
    assert [item["id"] for item in await chat.query("room", StreamFilter(where={"n": 2}))] == ["a"]
    assert [item["id"] for item in await chat.query("room", StreamFilter(order_by="n", descending=True))] == ["a", "b"]
    assert [item["id"] for item in await chat.query("room", StreamFilter(limit=1, offset=1))] == ["a"]


@sentences(
    "Adapter interfaces",
    "method, scenario",
    {
        "a StreamAdapter is made with the stream's name": ("get", stream_constructor),
        "StreamAdapter.get gives the item or None": ("get", stream_get),
        "StreamAdapter.set gives the item": ("set", stream_set),
        "StreamAdapter.delete gives the removed item or None": ("delete", stream_delete),
        "StreamAdapter.getGroup gives the items of a group": ("get_group", stream_get_group),
        "StreamAdapter.send tells the channel an event; it has a default": ("send", stream_send),
        "StreamAdapter.subscribe calls a handler for events; it has a default": ("subscribe", stream_subscribe),
        "StreamAdapter.unsubscribe ends that; it has a default": ("unsubscribe", stream_unsubscribe),
        "StreamAdapter.clear removes a group; it has a default": ("clear", stream_clear),
        "StreamAdapter.query filters a group; it has a default": ("query", stream_query),
    },
)
def test_a_stream_adapter(language: str, said: str, method: str, scenario: Scenario) -> None:
    if language == "typescript":
        assert outcomes()[said] == "ok"
        return
    _is_asynchronous(StreamAdapter, method, optional=("send", "subscribe", "unsubscribe", "clear", "query"))
    asyncio.run(scenario())


async def events_emit() -> None:
    events, got = MemoryEventAdapter(), []
    await events.subscribe("news", "Reader", got.append)
    await events.emit(Event("news", {"a": 1}, trace_id="T"))
    await events.wait_idle(5)
    assert [(event.topic, event.data, event.trace_id) for event in got] == [("news", {"a": 1}, "T")]


async def events_subscribe() -> None:
    events, got = MemoryEventAdapter(), []
    handle = await events.subscribe("news", "Reader", got.append)
    await events.subscribe("news", "Archive", got.append)
    await events.emit(Event("news", 1))
    await events.wait_idle(5)
    assert isinstance(handle, SubscriptionHandle)
    assert handle.topic == "news"
    assert len(got) == 2


async def events_unsubscribe() -> None:
    events, got = MemoryEventAdapter(), []
    await events.unsubscribe(await events.subscribe("news", "Reader", got.append))
    await (await events.subscribe("news", "Archive", got.append)).unsubscribe()
    await events.emit(Event("news", 1))
    await events.wait_idle(5)
    assert got == []


async def events_shutdown() -> None:
    events = MemoryEventAdapter()
    await events.subscribe("news", "Reader", print)
    await events.shutdown()
    assert await events.get_subscription_count("news") == 0


async def events_count() -> None:
    events = MemoryEventAdapter()
    await events.subscribe("news", "Reader", print)
    await events.subscribe("news", "Archive", print)
    assert [await events.get_subscription_count(topic) for topic in ("news", "other")] == [2, 0]


async def events_topics() -> None:
    events = MemoryEventAdapter()
    await events.subscribe("news", "Reader", print)
    await events.subscribe("orders", "Reader", print)
    assert sorted(await events.list_topics()) == ["news", "orders"]


@sentences(
    "Adapter interfaces",
    "method, scenario",
    {
        "EventAdapter.emit brings an event to the topic's subscribers": ("emit", events_emit),
        "EventAdapter.subscribe gives a handle; every Step gets every event": ("subscribe", events_subscribe),
        "EventAdapter.unsubscribe, or the handle's, ends a subscription": ("unsubscribe", events_unsubscribe),
        "EventAdapter.shutdown ends all subscriptions": ("shutdown", events_shutdown),
        "EventAdapter.getSubscriptionCount counts the subscriptions of a topic": (
            "get_subscription_count",
            events_count,
        ),
        "EventAdapter.listTopics gives the topics that have subscriptions": ("list_topics", events_topics),
    },
)
def test_an_event_adapter(language: str, said: str, method: str, scenario: Scenario) -> None:
    if language == "typescript":
        assert outcomes()[said] == "ok"
        return
    _is_asynchronous(EventAdapter, method)
    asyncio.run(scenario())


async def cron_acquire() -> None:
    cron = MemoryCronAdapter()
    lock = await cron.acquire_lock("Tick", 60_000)
    assert lock is not None
    assert lock.job_name == "Tick"
    assert abs(lock.acquired_at - time.time() * 1000) < 5000
    assert lock.expires_at == lock.acquired_at + 60_000
    assert await cron.acquire_lock("Tick", 60_000) is None


async def cron_release() -> None:
    cron = MemoryCronAdapter()
    lock = await cron.acquire_lock("Tick", 60_000)
    assert lock is not None
    await cron.release_lock(lock)
    assert await cron.acquire_lock("Tick", 60_000) is not None


async def cron_renew() -> None:
    now = [1000.0]
    cron = MemoryCronAdapter(clock=lambda: now[0])
    lock = await cron.acquire_lock("Tick", 10_000)
    assert lock is not None
    assert await cron.renew_lock(lock, 60_000) is True
    now[0] += 30
    assert await cron.acquire_lock("Tick", 10_000) is None
    now[0] += 60
    assert await cron.renew_lock(lock, 60_000) is False


async def cron_healthy() -> None:
    assert await MemoryCronAdapter().is_healthy() is True


async def cron_shutdown() -> None:
    assert await MemoryCronAdapter().shutdown() is None


async def cron_active() -> None:
    cron = MemoryCronAdapter()
    await cron.acquire_lock("Tick", 60_000)
    (active,) = await cron.get_active_locks()
    assert active.job_name == "Tick"
    assert active.to_json().keys() >= {"jobName", "instanceId", "acquiredAt", "expiresAt"}


@sentences(
    "Adapter interfaces",
    "method, scenario",
    {
        "CronAdapter.acquireLock gives the lock, or None when it is held": ("acquire_lock", cron_acquire),
        "CronAdapter.releaseLock gives it back": ("release_lock", cron_release),
        "CronAdapter.renewLock holds it longer, and says whether it still could": ("renew_lock", cron_renew),
        "CronAdapter.isHealthy says whether locks can be had": ("is_healthy", cron_healthy),
        "CronAdapter.shutdown lets go": ("shutdown", cron_shutdown),
        "CronAdapter.getActiveLocks gives the locks that are held": ("get_active_locks", cron_active),
    },
)
def test_a_cron_adapter(language: str, said: str, method: str, scenario: Scenario) -> None:
    if language == "typescript":
        assert outcomes()[said] == "ok"
        return
    _is_asynchronous(CronAdapter, method)
    asyncio.run(scenario())


@sentences(
    "Adapter interfaces",
    "given, kind",
    {
        f"the type of a StateItem may be {kind}": (given, kind)
        for kind, given in {
            "string": "text",
            "number": 1.5,
            "boolean": True,
            "object": {"a": 1},
            "array": [1],
            "null": None,
        }.items()
    },
)
def test_the_type_of_an_item(language: str, said: str, given: Any, kind: str) -> None:
    if language == "typescript":
        assert outcomes()[said] == "ok"
        return

    async def scenario() -> None:
        state = MemoryStateAdapter()
        await state.set("g", "k", given)
        (item,) = await state.items(StateItemsInput(trace_id="g"))
        assert item.to_json() == {"groupId": "g", "key": "k", "type": kind, "value": given}

    asyncio.run(scenario())


@sentence(
    "Adapter interfaces",
    only(
        "python",
        "an adapter without a required method cannot be made",
        because="The compiler refuses such a class of TypeScript.",
    ),
)
def test_required_methods() -> None:
    for interface in (StateAdapter, EventAdapter, CronAdapter):
        incomplete = type("Incomplete", (interface,), {})
        with pytest.raises(TypeError, match="abstract"):
            incomplete()


def _is_asynchronous(interface: type, method: str, optional: tuple[str, ...] = ()) -> None:
    function = getattr(interface, method)
    assert inspect.iscoroutinefunction(function)
    assert getattr(function, "__isabstractmethod__", False) == (method not in optional)
