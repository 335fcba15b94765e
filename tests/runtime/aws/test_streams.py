"""Streams in DynamoDB, and who is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from motia.aws.sandbox import open_backend
from motia.aws.streams import DynamoStreams
from motia.aws.values import INLINE_BYTES


class Ear:
    """A Pusher that remembers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str | None, dict[str, Any]]] = []

    async def push(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        self.heard.append((stream, group, id, event))


class Clock:
    now = 1_800_000_000.123

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def streams(cloud: Any, ear: Ear) -> DynamoStreams:
    made = open_backend(cloud.environ, pusher=ear).streams
    assert isinstance(made, DynamoStreams)
    made._clock = Clock()
    return made


def test_an_item_has_its_id_and_time(streams: DynamoStreams) -> None:
    async def check() -> None:
        item = {"text": "hi", "id": "m1", "_createdAt": 1_800_000_000_123}
        assert await streams.set("chat", "room", "m1", {"text": "hi", "id": "ignored"}) == item
        assert await streams.get("chat", "room", "m1") == item
        assert await streams.get("chat", "room", "m2") is None
        assert await streams.get("chat", "other", "m1") is None
        assert await streams.get("other", "room", "m1") is None

    asyncio.run(check())


def test_a_time_in_the_data_is_kept(streams: DynamoStreams) -> None:
    async def check() -> None:
        assert (await streams.set("chat", "room", "m", {"_createdAt": 5}))["_createdAt"] == 5
        assert (await streams.set("chat", "room", "m", {"_createdAt": None}))["_createdAt"] == 1_800_000_000_123

    asyncio.run(check())


def test_a_group_is_ordered_by_time_and_then_id(streams: DynamoStreams) -> None:
    async def check() -> None:
        for id, created in [("b", 2), ("z", 1), ("a", 2), ("c", "odd"), ("d", True)]:
            await streams.set("chat", "room", id, {"_createdAt": created})
        await streams.set("chat", "room2", "x", {})
        assert [item["id"] for item in await streams.get_group("chat", "room")] == ["c", "d", "z", "a", "b"]
        assert await streams.get_group("chat", "none") == []

    asyncio.run(check())


def test_subscribers_hear_create_update_and_delete(streams: DynamoStreams, ear: Ear) -> None:
    async def check() -> None:
        first = await streams.set("chat", "room", "m", {"n": 1})
        second = await streams.set("chat", "room", "m", {"n": 2})
        assert await streams.delete("chat", "room", "m") == second
        assert await streams.delete("chat", "room", "m") is None
        await streams.send("chat", "room", None, {"type": "typing", "data": {"who": "a"}})
        where = ("chat", "room", "m")
        assert ear.heard == [
            (*where, {"type": "create", "data": first}),
            (*where, {"type": "update", "data": second}),
            (*where, {"type": "delete", "data": second}),
            ("chat", "room", None, {"type": "event", "event": {"type": "typing", "data": {"who": "a"}}}),
        ]

    asyncio.run(check())


def test_large_items_go_to_s3_and_leave_nothing_behind(streams: DynamoStreams, cloud: Any) -> None:
    async def check() -> None:
        await streams.set("chat", "room", "m", {"text": "x" * INLINE_BYTES})
        await streams.set("chat", "room", "m", {"text": "y" * INLINE_BYTES})
        assert len(cloud.objects("streams/")) == 1
        (item,) = await streams.get_group("chat", "room")
        assert item["text"] == "y" * INLINE_BYTES
        await streams.delete("chat", "room", "m")
        assert cloud.objects() == []

    asyncio.run(check())


def test_without_a_pusher_nobody_is_told(cloud: Any) -> None:
    backend = open_backend(cloud.environ)
    assert asyncio.run(backend.streams.set("chat", "room", "m", {}))["id"] == "m"
    asyncio.run(backend.streams.send("chat", "room", None, {"type": "t", "data": 1}))
