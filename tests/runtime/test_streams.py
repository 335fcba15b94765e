"""`context.streams`: items with their id and where they live."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from motia.calls import Calls
from motia.errors import StreamError
from motia.memory import MemoryStreams, MemoryTrace
from motia.streams import Streams


def run(
    scenario: Callable[[Streams], Awaitable[Any]], store: MemoryStreams | None = None, trace: MemoryTrace | None = None
) -> Any:
    async def main() -> Any:
        return await scenario(
            Streams(("chat", "live-orders"), store or MemoryStreams(), Calls(), trace or MemoryTrace())
        )

    return asyncio.run(main())


def mark(stream: str, group: str, id: str) -> dict[str, str]:
    return {"type": "state-stream", "streamName": stream, "groupId": group, "id": id}


def test_items_are_created_replaced_read_and_removed() -> None:
    async def scenario(streams: Streams) -> None:
        chat = streams.chat
        created = await chat.set("room", "m1", {"text": "hi", "id": "ignored"})
        assert (created["text"], created["id"], created["__motia"]) == ("hi", "m1", mark("chat", "room", "m1"))
        await chat.set("room", "m2", {"text": "you"})
        changed = await chat.set("room", "m1", {**created, "text": "hello"})
        assert await chat.get("room", "m1") == changed
        assert [item["id"] for item in await chat.getGroup("room")] == ["m1", "m2"]
        assert await chat.get_group("room") == await chat.getGroup("room")
        assert await chat.get("room", "m3") is None
        removed = await chat.delete("room", "m1")
        assert removed is not None
        assert removed["text"] == "hello"
        assert await chat.delete("room", "m1") is None

    store = MemoryStreams()
    run(scenario, store)
    assert [message["event"]["type"] for message in store.pushed] == ["create", "create", "update", "delete"]
    assert all("__motia" not in message["event"]["data"] for message in store.pushed)


def test_an_event_that_is_not_kept_reaches_the_group_or_the_item() -> None:
    async def scenario(streams: Streams) -> None:
        await streams["live-orders"].send({"groupId": "g"}, {"type": "typing", "data": {"by": "ada"}})
        await streams["live-orders"].send({"groupId": "g", "id": "1"}, {"type": "seen"})

    store = MemoryStreams()
    run(scenario, store)
    assert [(message["id"], message["event"]["event"]) for message in store.pushed] == [
        (None, {"type": "typing", "data": {"by": "ada"}}),
        ("1", {"type": "seen", "data": None}),
    ]


def test_an_unknown_stream_is_an_attribute_error_that_names_the_streams() -> None:
    async def scenario(streams: Streams) -> None:
        assert hasattr(streams, "chat")
        assert not hasattr(streams, "chats")
        assert "live-orders" in streams
        assert (list(streams), len(streams)) == (["chat", "live-orders"], 2)
        assert "chat" in dir(streams)
        for attempt in (lambda: streams.chats, lambda: streams["chats"]):
            with pytest.raises(StreamError, match="there is no stream 'chats'") as refused:
                attempt()
            assert isinstance(refused.value, AttributeError)
            assert refused.value.allowed == "chat, live-orders"

    run(scenario)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda chat: chat.set("room", "", {}), "the id is empty; in streams.chat.set"),
        (lambda chat: chat.get("", "a"), "the group is empty; in streams.chat.get"),
        (lambda chat: chat.get("room", None), "the id is None"),
        (lambda chat: chat.set("g" * 2044, "a", {}), "the group has 2044 bytes"),
        (lambda chat: chat.set("room", "i" * 1025, {}), "the id has 1025 bytes"),
        (lambda chat: chat.set("room", "a", [1]), "the data is a list; in streams.chat.set, group 'room', id 'a'"),
        (lambda chat: chat.set("room", "a", {"x": float("inf")}), "data.x is not JSON: inf"),
        (lambda chat: chat.set("room", "a", {"x": b""}), "in streams.chat.set, group 'room', id 'a'; allowed"),
        (lambda chat: chat.send({"groupId": "g"}, {"type": "a", "data": b""}), "streams.chat.send, group 'g'; allowed"),
        (lambda chat: chat.send("room", {"type": "a"}), "the channel is 'room'"),
        (lambda chat: chat.send({"id": "1"}, {"type": "a"}), "the channel is {'id': '1'}"),
        (lambda chat: chat.send({"groupId": "g", "id": ""}, {"type": "a"}), "the id is empty"),
        (lambda chat: chat.send({"groupId": "g"}, {"data": 1}), "the event is {'data': 1}"),
        (lambda chat: chat.send({"groupId": "g"}, {"type": "a", "data": b""}), "event.data is not JSON"),
    ],
)
def test_bad_names_and_data_are_refused(call: Callable[[Any], Awaitable[Any]], what: str) -> None:
    async def scenario(streams: Streams) -> None:
        await call(streams.chat)

    with pytest.raises(StreamError) as refused:
        run(scenario)
    assert what in str(refused.value)


def test_every_call_is_traced() -> None:
    async def scenario(streams: Streams) -> None:
        await streams.chat.set("g", "1", {"a": 1})
        await streams.chat.get("g", "1")
        await streams.chat.get_group("g")
        await streams.chat.send({"groupId": "g"}, {"type": "t"})
        await streams.chat.delete("g", "1")

    trace = MemoryTrace()
    run(scenario, trace=trace)
    assert [event["operation"] for event in trace.events] == ["set", "get", "getGroup", "send", "delete"]
    first = trace.events[0]
    assert (first["type"], first["streamName"], first["calls"]) == ("stream", "chat", 1)
    assert (first["data"]["groupId"], first["data"]["id"], first["data"]["data"]["a"]) == ("g", "1", 1)
