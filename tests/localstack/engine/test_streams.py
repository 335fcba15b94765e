"""Streams: items kept, and every change told once, in order, with a timestamp of its own."""

from __future__ import annotations

import asyncio
from typing import Any

from localstack.engine.running import engine
from motia_local.engine import Engine, ManualClock, Snapshot


def told(running: Engine) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    running.hub.subscribe(messages.append)
    return messages


def item(id: str, created: int = 1_000_000, **data: Any) -> dict[str, Any]:
    """An item as it is kept; created: milliseconds since the epoch."""
    return {**data, "id": id, "_createdAt": created}


def test_the_methods_return_what_the_reference_says() -> None:
    async def scenario() -> None:
        async with engine(None, clock=ManualClock(1000.0)) as running:
            chat = running.streams
            assert await chat.get("chat", "room", "1") is None
            assert await chat.delete("chat", "room", "1") is None
            assert await chat.get_group("chat", "room") == []
            assert await chat.set("chat", "room", "1", {"text": "hi"}) == item("1", text="hi")
            assert await chat.get("chat", "room", "1") == item("1", text="hi")
            assert await chat.set("chat", "room", "1", {"id": "other", "n": 0}) == item("1", n=0)
            await chat.send("chat", "room", None, {"type": "typing", "data": {}})
            assert await chat.delete("chat", "room", "1") == item("1", n=0)
            assert await chat.get("chat", "room", "1") is None

    asyncio.run(scenario())


def test_a_group_is_in_order_of_creation() -> None:
    async def scenario() -> None:
        clock = ManualClock(1000.0)
        async with engine(None, clock=clock) as running:
            for id in ("z", "a", "m"):
                await running.streams.set("s", "g", id, {})
            await running.streams.set("s", "gg", "x", {})
            await running.streams.set("t", "g", "x", {})
            assert [item["id"] for item in await running.streams.get_group("s", "g")] == ["z", "a", "m"]
            assert await running.streams.groups("s") == ["g", "gg"]

    asyncio.run(scenario())


def test_an_item_that_was_read_changed_and_set_again_keeps_its_place_and_another_in_its_stead_does_not() -> None:
    async def scenario() -> None:
        clock = ManualClock(1000.0)
        async with engine(None, clock=clock) as running:
            for id in ("a", "b", "c"):
                await running.streams.set("s", "g", id, {})
                clock.advance(1)
            read = await running.streams.get("s", "g", "a")
            assert await running.streams.set("s", "g", "a", {**(read or {}), "n": 1}) == item("a", n=1)
            assert await running.streams.set("s", "g", "b", {}) == item("b", 1_003_000)
            assert [item["id"] for item in await running.streams.get_group("s", "g")] == ["a", "c", "b"]
            assert [item["id"] for item in (await running.streams.snapshot("s", "g", None)).data] == ["a", "c", "b"]

    asyncio.run(scenario())


def test_each_change_is_told_in_the_form_of_the_wire() -> None:
    async def scenario() -> None:
        async with engine(None, clock=ManualClock(1000.0)) as running:
            messages = told(running)
            await running.streams.set("s", "g", "1", {"a": 1})
            await running.streams.set("s", "g", "1", {"a": 2})
            await running.streams.send("s", "g", None, {"type": "typing", "data": "x"})
            await running.streams.send("s", "g", "1", {"type": "seen", "data": None})
            await running.streams.delete("s", "g", "1")
            await running.streams.delete("s", "g", "1")
            place = {"streamName": "s", "groupId": "g", "id": "1"}
            assert messages == [
                {"timestamp": 1_000_000, **place, "event": {"type": "create", "data": item("1", a=1)}},
                {"timestamp": 1_000_001, **place, "event": {"type": "update", "data": item("1", a=2)}},
                {
                    "timestamp": 1_000_002,
                    "streamName": "s",
                    "groupId": "g",
                    "event": {"type": "event", "event": {"type": "typing", "data": "x"}},
                },
                {
                    "timestamp": 1_000_003,
                    **place,
                    "event": {"type": "event", "event": {"type": "seen", "data": None}},
                },
                {"timestamp": 1_000_004, **place, "event": {"type": "delete", "data": item("1", a=2)}},
            ]

    asyncio.run(scenario())


def test_a_thousand_concurrent_sets_are_one_create_and_updates_with_rising_timestamps() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            messages = told(running)
            await asyncio.gather(*(running.streams.set("s", "g", "1", {"n": n}) for n in range(1000)))
            kinds = [message["event"]["type"] for message in messages]
            assert kinds == ["create"] + ["update"] * 999
            stamps = [message["timestamp"] for message in messages]
            assert stamps == sorted(set(stamps))
            assert await running.streams.get("s", "g", "1") == messages[-1]["event"]["data"]

    asyncio.run(scenario())


def test_a_clock_set_back_does_not_set_the_timestamps_back() -> None:
    class Jumping(ManualClock):
        def now(self) -> float:
            self._now -= 10
            return self._now

    async def scenario() -> None:
        async with engine(None, clock=Jumping()) as running:
            messages = told(running)
            for n in range(5):
                await running.streams.set("s", "g", str(n), {})
            stamps = [message["timestamp"] for message in messages]
            assert stamps == sorted(set(stamps))

    asyncio.run(scenario())


def test_a_listener_hears_of_a_change_before_the_writer_goes_on() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            messages = told(running)
            for n in range(20):
                await running.streams.set("s", "g", str(n), {})
                assert len(messages) == n + 1

    asyncio.run(scenario())


def test_a_listener_that_fails_does_not_disturb_the_others_and_one_that_left_hears_nothing() -> None:
    async def scenario() -> None:
        async with engine(None) as running:

            def broken(message: dict[str, Any]) -> None:
                raise ValueError("no")

            running.hub.subscribe(broken)
            messages: list[dict[str, Any]] = []
            leave = running.hub.subscribe(messages.append)
            await running.streams.set("s", "g", "1", {})
            leave()
            leave()
            await running.streams.set("s", "g", "2", {})
            assert len(messages) == 1

    asyncio.run(scenario())


def test_a_snapshot_and_what_is_told_after_it_make_the_whole() -> None:
    """Joined in the middle of a hundred changes: nothing is missing, nothing comes twice."""

    async def scenario() -> None:
        async with engine(None) as running:
            changes = [asyncio.ensure_future(running.streams.set("s", "g", str(n), {})) for n in range(60)]
            seen: list[str] = []
            stamps: list[int] = []

            def follow(message: dict[str, Any]) -> None:
                seen.append(message["id"])
                stamps.append(message["timestamp"])

            def ready(snapshot: Snapshot) -> None:
                seen.extend(item["id"] for item in snapshot.data)
                stamps.append(snapshot.timestamp)
                running.hub.subscribe(follow)

            joining = asyncio.ensure_future(running.streams.snapshot("s", "g", None, ready))
            changes += [asyncio.ensure_future(running.streams.set("s", "g", str(n), {})) for n in range(60, 120)]
            await asyncio.gather(joining, *changes)
            assert seen == [str(n) for n in range(120)]
            assert stamps == sorted(set(stamps))

    asyncio.run(scenario())


def test_a_snapshot_of_an_item_is_the_item_or_nothing() -> None:
    async def scenario() -> None:
        async with engine(None, clock=ManualClock(1000.0)) as running:
            assert (await running.streams.snapshot("s", "g", "1")).data is None
            await running.streams.set("s", "g", "1", {"a": 1})
            assert (await running.streams.snapshot("s", "g", "1")).data == item("1", a=1)

    asyncio.run(scenario())


def test_what_is_told_is_what_was_stored_even_if_the_caller_changes_it() -> None:
    async def scenario() -> None:
        async with engine(None, clock=ManualClock(1000.0)) as running:
            messages = told(running)
            data: dict[str, Any] = {"list": [1]}
            setting = asyncio.ensure_future(running.streams.set("s", "g", "1", data))
            await asyncio.sleep(0)
            data["list"].append(2)
            await setting
            assert messages[0]["event"]["data"] == item("1", list=[1])

    asyncio.run(scenario())


def test_clearing_a_group_deletes_its_items_one_by_one() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for id in "ab":
                await running.streams.set("s", "g", id, {})
            messages = told(running)
            await running.streams.clear("s", "g")
            assert [(m["id"], m["event"]["type"]) for m in messages] == [("a", "delete"), ("b", "delete")]
            assert await running.streams.get_group("s", "g") == []

    asyncio.run(scenario())
