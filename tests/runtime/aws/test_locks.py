"""Locks: one holder, for a limited time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from motia.aws.client import AwsClient
from motia.aws.dynamodb import DynamoClient
from motia.aws.locks import DynamoLocks
from motia.aws.threads import Threads
from motia.errors import AwsError


class Clock:
    now = 1_800_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def holder(cloud: Any, clock: Clock) -> Any:
    """Makes holders: each is as another sandbox."""
    table = cloud.environ["MOTIA_LOCK_TABLE"]
    return lambda: DynamoLocks(DynamoClient(cloud.client("dynamodb")), Threads(), table, clock=clock)


def test_one_of_many_gets_it(holder: Any) -> None:
    async def check() -> None:
        got = await asyncio.gather(*[holder().acquire("tick", 60) for _ in range(12)])
        assert sorted(got) == [False] * 11 + [True]

    asyncio.run(check())


def test_a_holder_does_not_get_it_twice_until_released(holder: Any) -> None:
    async def check() -> None:
        mine = holder()
        assert await mine.acquire("a", 60)
        assert not await mine.acquire("a", 60)
        assert await mine.acquire("b", 60)
        await mine.release("a")
        assert await holder().acquire("a", 60)

    asyncio.run(check())


def test_an_expired_lock_is_free_and_its_old_holder_cannot_release_it(holder: Any, clock: Clock) -> None:
    async def check() -> None:
        late, next_one = holder(), holder()
        assert await late.acquire("a", 60)
        clock.now += 59
        assert not await next_one.acquire("a", 60)
        clock.now += 2
        assert await next_one.acquire("a", 60)
        await late.release("a")
        assert not await holder().acquire("a", 60)
        await late.release("never held")

    asyncio.run(check())


def test_the_expiry_is_whole_seconds_as_ttl_wants(holder: Any, cloud: Any) -> None:
    asyncio.run(holder().acquire("a", 10))
    item = DynamoClient(cloud.client("dynamodb")).get(cloud.environ["MOTIA_LOCK_TABLE"], {"name": "a"})
    assert item is not None
    assert item["expires"] == 1_800_000_011


def test_a_lost_answer_does_not_lose_the_lock(serve: Any, answer: Any, reply: Any, environ: dict[str, str]) -> None:
    """The condition lets the same attempt pass again."""
    server = serve(reply((), "close"), answer(200, b"{}"))
    client = AwsClient("dynamodb", endpoint=server.url, environ=environ, sleep=lambda _: None)
    assert asyncio.run(DynamoLocks(DynamoClient(client), Threads(), "t").acquire("a", 5))
    first, second = [json.loads(request.body) for request in server.requests]
    assert first == second
    assert first["ExpressionAttributeValues"][":owner"] == first["Item"]["owner"]
    assert "#owner = :owner" in first["ConditionExpression"]


def test_any_other_refusal_is_an_error(holder: Any, cloud: Any) -> None:
    cloud.boto("dynamodb").delete_table(TableName=cloud.environ["MOTIA_LOCK_TABLE"])
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        asyncio.run(holder().acquire("a", 5))
