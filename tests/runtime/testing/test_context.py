"""A handler called by hand."""

import asyncio

import pytest

from motia.errors import EmitError, UnknownStreamError
from motia.testing import context, request


async def create(req, context):
    stored = await context.state.set("orders", req.body["id"], req.body)
    context.logger.info("stored", {"id": req.body["id"]})
    await context.emit({"topic": "order.created", "data": stored})
    return {"status": 201, "body": stored}


def test_a_handler_runs_in_a_loop_of_the_tests_own() -> None:
    given = context(step="Create", flows=["orders"])
    result = asyncio.run(create(request(body={"id": "1"}), given))
    assert result["status"] == 201
    assert given.stored == {"orders": {"1": {"id": "1"}}}
    [event] = given.emitted
    assert (event.topic, event.data, event.flows) == ("order.created", {"id": "1"}, ("orders",))
    assert event.trace_id == given.trace_id
    assert [(log["step"], log["msg"], log["id"]) for log in given.logs] == [("Create", "stored", "1")]


def test_one_context_serves_several_loops() -> None:
    given = context()
    for number in "123":
        asyncio.run(create(request(body={"id": number}), given))
    assert list(given.stored["orders"]) == ["1", "2", "3"]


def test_a_plain_handler_can_use_it_without_a_loop() -> None:
    def handler(req, context):
        asyncio.run(context.state.set("a", "b", 1))
        return asyncio.run(context.state.get("a", "b"))

    assert handler(None, context()) == 1


def test_the_state_can_be_filled_before() -> None:
    seed = {"users": {"1": {"name": "Ada"}}}
    given = context(state=seed)
    assert asyncio.run(given.state.get("users", "1")) == {"name": "Ada"}
    asyncio.run(given.state.set("users", "2", {}))
    assert seed == {"users": {"1": {"name": "Ada"}}}


def test_calls_that_are_not_awaited_happen() -> None:
    given = context()

    async def handler(req, context) -> None:
        context.state.set("a", "b", 1)
        await context.finish()

    asyncio.run(handler(None, given))
    assert given.stored == {"a": {"b": 1}}


def test_topics_can_be_limited_and_need_groups() -> None:
    given = context(emits=["a", "charge"], fifo=["charge"])
    with pytest.raises(EmitError, match="'b' is not declared"):
        asyncio.run(given.emit({"topic": "b"}))
    with pytest.raises(EmitError, match="messageGroupId"):
        asyncio.run(given.emit({"topic": "charge"}))
    asyncio.run(given.emit({"topic": "charge", "messageGroupId": "ada"}))
    assert [event.message_group_id for event in given.emitted] == ["ada"]


def test_streams_show_what_they_pushed() -> None:
    given = context()

    async def handler() -> None:
        await given.streams.chat.set("room", "1", {"text": "hi"})
        await given.streams.chat.send({"groupId": "room"}, {"type": "typing", "data": None})

    asyncio.run(handler())
    assert [push["event"]["type"] for push in given.pushed] == ["create", "event"]


def test_streams_can_be_limited() -> None:
    with pytest.raises(UnknownStreamError):
        _ = context(streams=["chat"]).streams.other
