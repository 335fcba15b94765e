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
        self.times: list[int] = []

    async def push(self, stream: str, group: str, id: str | None, event: dict[str, Any], timestamp: int) -> None:
        self.heard.append((stream, group, id, event))
        self.times.append(timestamp)


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
        assert ear.times == [1_800_000_000_123 + n for n in (0, 1, 2, 4)]  # the third was a delete of nothing

    asyncio.run(check())


def test_times_of_an_item_rise_whatever_clocks_say(cloud: Any) -> None:
    """Two sandboxes, one of them an hour ahead."""
    early, late = Ear(), Ear()
    ours, ahead = (open_backend(cloud.environ, pusher=ear).streams for ear in (early, late))
    assert isinstance(ours, DynamoStreams)
    assert isinstance(ahead, DynamoStreams)
    ours._clock, ahead._clock = lambda: 1000.0, lambda: 4600.0

    async def check() -> None:
        await ahead.set("chat", "room", "m", {"n": 1})
        await ours.set("chat", "room", "m", {"n": 2})
        await ours.send("chat", "room", "m", {"type": "seen", "data": None})
        await ours.set("chat", "room", "m", {"n": 3})
        assert (await ours.snapshot("chat", "room", "m")).timestamp == 4_600_003
        assert (await ours.snapshot("chat", "room", None)).timestamp == 4_600_003
        assert (await ahead.snapshot("chat", "room", None)).timestamp == 4_600_003
        await ours.delete("chat", "room", "m")
        await ours.set("chat", "other", "m", {"n": 1})

    asyncio.run(check())
    assert late.times == [4_600_000]
    assert early.times == [4_600_001, 4_600_002, 4_600_003, 4_600_004, 1_000_005]


def test_of_many_writers_at_once_one_creates_and_no_two_have_the_same_time(cloud: Any) -> None:
    ears = [Ear() for _ in range(4)]
    sandboxes = [open_backend(cloud.environ, pusher=ear).streams for ear in ears]

    async def check() -> dict[str, Any] | None:
        writers = [
            sandbox.set("chat", "room", "m", {"writer": f"{number}.{round}"})
            for round in range(5)
            for number, sandbox in enumerate(sandboxes)
        ]
        await asyncio.gather(*writers)
        return await sandboxes[0].get("chat", "room", "m")

    kept = asyncio.run(check())
    heard = sorted((time, event[3]) for ear in ears for time, event in zip(ear.times, ear.heard, strict=True))
    assert len({time for time, _ in heard}) == len(heard) == 20
    assert [event["type"] for _, event in heard] == ["create"] + ["update"] * 19
    assert heard[-1][1]["data"] == kept


def test_an_item_of_an_earlier_release_has_no_time_until_it_is_written(cloud: Any, streams: DynamoStreams) -> None:
    row = {"group": {"S": "chat#room"}, "id": {"S": "m"}, "value": {"S": '{"id":"m","n":1,"_createdAt":1}'}}
    cloud.boto("dynamodb").put_item(TableName=cloud.environ["MOTIA_STREAM_TABLE"], Item=row)

    async def check() -> None:
        before = await streams.snapshot("chat", "room", "m")
        assert (before.data["n"], before.timestamp) == (1, 1_800_000_000_123)
        await streams.set("chat", "room", "m", {"n": 2})
        assert (await streams.snapshot("chat", "room", "m")).timestamp == 1_800_000_000_124

    asyncio.run(check())


def test_large_and_small_values_replace_each_other_at_the_same_moment(cloud: Any) -> None:
    ear = Ear()
    ours, ahead = (open_backend(cloud.environ, pusher=ear).streams for _ in range(2))
    assert isinstance(ours, DynamoStreams)
    ours._clock = lambda: 1000.0

    async def check() -> None:
        for text in ("a", "b" * INLINE_BYTES, "c" * INLINE_BYTES, "d"):
            await ahead.set("chat", "room", "m", {"text": "small"})
            await ours.set("chat", "room", "m", {"text": text})
            item = await ours.get("chat", "room", "m")
            assert item is not None
            assert item["text"] == text
            assert len(cloud.objects()) == (len(text) > 1)

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
