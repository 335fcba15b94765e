"""State in DynamoDB and S3."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from motia.aws.dynamodb import DynamoClient
from motia.aws.sandbox import AwsBackend, open_backend
from motia.aws.values import INLINE_BYTES
from motia.errors import AwsError

LARGE = "ü" * INLINE_BYTES


@pytest.fixture
def backend(cloud: Any) -> AwsBackend:
    return open_backend(cloud.environ)


async def check_value(backend: AwsBackend, value: Any) -> None:
    assert await backend.state.set("g", "k", value) == value
    assert await backend.state.get("g", "k") == value
    assert await backend.state.get_group("g") == [value]
    assert await backend.state.delete("g", "k") == value
    assert await backend.state.get("g", "k") is None


@pytest.mark.parametrize(
    "value", [None, 0, False, "", [], {}, 1.5, "é\u0000\uffff", {"a": [1, {"b": None}]}, 2**70, LARGE, [LARGE] * 3]
)
def test_values_survive(backend: AwsBackend, value: Any) -> None:
    asyncio.run(check_value(backend, value))


def test_what_is_not_there_is_none(backend: AwsBackend) -> None:
    async def check() -> None:
        assert await backend.state.get("g", "k") is None
        assert await backend.state.delete("g", "k") is None
        assert await backend.state.get_group("g") == []
        await backend.state.clear("g")

    asyncio.run(check())


def test_a_small_value_is_readable_in_the_console(backend: AwsBackend, cloud: Any) -> None:
    asyncio.run(backend.state.set("g", "k", {"a": "é"}))
    item = DynamoClient(cloud.client("dynamodb")).get(cloud.environ["MOTIA_STATE_TABLE"], {"group": "g", "key": "k"})
    assert item == {"group": "g", "key": "k", "value": '{"a":"é"}'}


def test_the_largest_inline_value_with_the_longest_key_fits_an_item(backend: AwsBackend, cloud: Any) -> None:
    group, key, value = "g" * 2048, "k" * 1024, "v" * (INLINE_BYTES - 2)

    async def check() -> None:
        await backend.state.set(group, key, value)
        assert cloud.objects() == []
        assert await backend.state.get(group, key) == value

    asyncio.run(check())


def test_large_values_leave_nothing_behind(backend: AwsBackend, cloud: Any) -> None:
    async def check() -> None:
        await backend.state.set("g", "k", LARGE)
        assert len(cloud.objects("state/")) == 1
        await backend.state.set("g", "k", LARGE + "2")
        assert len(cloud.objects("state/")) == 1
        assert await backend.state.get("g", "k") == LARGE + "2"
        await backend.state.set("g", "k", "small")
        assert cloud.objects() == []
        await backend.state.set("g", "k", LARGE)
        assert await backend.state.delete("g", "k") == LARGE
        assert cloud.objects() == []

    asyncio.run(check())


def test_equal_large_values_do_not_share_an_object(backend: AwsBackend) -> None:
    async def check() -> None:
        await asyncio.gather(*[backend.state.set("g", key, LARGE) for key in "abc"])
        await backend.state.delete("g", "a")
        await backend.state.set("g", "b", 1)
        assert await backend.state.get("g", "c") == LARGE

    asyncio.run(check())


def test_a_group_is_ordered_by_key_and_its_own(backend: AwsBackend) -> None:
    async def check() -> None:
        keys = ["b", "a", "Z", "é", "10", "9", "\U0001f600", "\ue000"]
        await asyncio.gather(*[backend.state.set("g", key, key) for key in keys])
        await backend.state.set("gg", "x", "other")
        await backend.state.set("g:", "x", "other")
        assert await backend.state.get_group("g") == sorted(keys)

    asyncio.run(check())


def test_a_group_of_many_large_values(backend: AwsBackend, cloud: Any) -> None:
    async def check() -> None:
        values = {f"{n:02}": f"{n}" if n % 2 else f"{n}{LARGE}" for n in range(20)}
        await asyncio.gather(*[backend.state.set("g", key, value) for key, value in values.items()])
        assert await backend.state.get_group("g") == list(values.values())
        await backend.state.clear("g")
        assert await backend.state.get_group("g") == []
        assert cloud.objects() == []

    asyncio.run(check())


def test_clearing_removes_more_than_a_batch_and_no_other_group(backend: AwsBackend) -> None:
    async def check() -> None:
        await asyncio.gather(*[backend.state.set("g", str(n), n) for n in range(60)])
        await backend.state.set("h", "k", 1)
        await backend.state.clear("g")
        assert await backend.state.get_group("g") == []
        assert await backend.state.get_group("h") == [1]

    asyncio.run(check())


def test_a_reader_never_sees_the_gap_between_two_large_values(backend: AwsBackend) -> None:
    async def check() -> None:
        await backend.state.set("g", "k", "0" + LARGE)

        async def write() -> None:
            for n in range(1, 8):
                await backend.state.set("g", "k", f"{n}" + LARGE)

        async def read() -> list[str]:
            return [(await backend.state.get("g", "k"))[1:] for _ in range(10)]

        _, *seen = await asyncio.gather(write(), *[read() for _ in range(3)])
        assert {value for some in seen if some for value in some} == {LARGE}

    asyncio.run(check())


def test_an_object_that_was_removed_by_hand_is_an_error(backend: AwsBackend, cloud: Any) -> None:
    async def check() -> None:
        await backend.state.set("g", "k", LARGE)
        (name,) = cloud.objects()
        cloud.boto("s3").delete_object(Bucket=cloud.environ["MOTIA_BUCKET"], Key=name)
        with pytest.raises(AwsError, match="NoSuchKey"):
            await backend.state.get("g", "k")

    asyncio.run(check())


def test_a_refused_write_leaves_no_object(backend: AwsBackend, cloud: Any) -> None:
    cloud.boto("dynamodb").delete_table(TableName=cloud.environ["MOTIA_STATE_TABLE"])
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        asyncio.run(backend.state.set("g", "k", LARGE))
    assert cloud.objects() == []


def test_gathered_calls_run_at_the_same_time(serve: Any, answer: Any, reply: Any, cloud: Any) -> None:
    together = threading.Barrier(8, timeout=10)
    body = b'{"Item":{"value":{"S":"1"}}}'
    meeting = reply(answer(200, body).parts, before=together.wait)
    backend = open_backend({**cloud.environ, "AWS_ENDPOINT_URL_DYNAMODB": serve(meeting).url})

    async def check() -> None:
        assert await asyncio.gather(*[backend.state.get("g", str(n)) for n in range(8)]) == [1] * 8

    asyncio.run(check())
