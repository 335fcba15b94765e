"""What clients of streams are told, wherever the Steps run: the same raw WebSockets everywhere."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from parity.places import Place
from parity.sockets import Socket, opened

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def place(chat: Place) -> Place:
    return chat


@pytest.fixture
def room() -> str:
    return f"room {uuid.uuid4().hex[:8]} ü"


def connect(place: Place, target: str = "", **options: Any) -> AbstractContextManager[Socket]:
    return opened(place.websocket_url, target, **options)


def path(room: str, *more: str) -> str:
    from urllib.parse import quote

    return "/".join(["/rooms", *(quote(part, safe="") for part in (room, *more))])


def put(place: Place, room: str, id: str, **message: Any) -> dict[str, Any]:
    """Set a message of a room; the item."""
    answer = place.call("PUT", path(room, "messages", id), message)
    assert answer.status == 200, answer.body
    return item(answer.json())


def item(returned: dict[str, Any]) -> dict[str, Any]:
    """What a Step got back, as clients are told it."""
    assert returned.pop("__motia")["streamName"] == "chat"
    return returned


def tell(place: Place, room: str, event: Any, *id: str) -> None:
    assert place.call("POST", path(room, "events", *id), event).status == 202


def error(event: dict[str, Any]) -> dict[str, Any]:
    assert (event["type"], event["event"]["type"]) == ("event", "error"), event
    data: dict[str, Any] = event["event"]["data"]
    return data


def test_a_group_is_told_whole_and_then_every_change(place: Place, room: str) -> None:
    first, second = put(place, room, "m1", text="one"), put(place, room, "m2", text="two")
    with connect(place) as socket:
        socket.join("chat", room)
        sync = socket.next()
        assert list(sync) == ["timestamp", "streamName", "groupId", "event"]
        assert (sync["streamName"], sync["groupId"]) == ("chat", room)
        assert sync["event"] == {"type": "sync", "data": [first, second]}
        third = put(place, room, "m3", text="three")
        changed = put(place, room, "m1", text="uno")
        assert item(place.call("DELETE", path(room, "messages", "m2")).json()) == second
        told = [socket.next() for _ in range(3)]
        assert [message["event"] for message in told] == [
            {"type": "create", "data": third},
            {"type": "update", "data": changed},
            {"type": "delete", "data": second},
        ]
        assert [message["id"] for message in told] == ["m3", "m1", "m2"]
        times = [message["timestamp"] for message in (sync, *told)]
        assert times == sorted(set(times))


def test_an_item_is_told_when_it_is_there_and_not_before(place: Place, room: str) -> None:
    with connect(place) as early, connect(place) as late:
        early.join("chat", room, "m1")
        assert early.rest() == []
        put(place, room, "m2", text="another")
        created = put(place, room, "m1", text="mine")
        assert early.event() == {"type": "create", "data": created}
        late.join("chat", room, "m1")
        sync = late.next()
        assert list(sync) == ["timestamp", "streamName", "groupId", "id", "event"]
        assert (sync["id"], sync["event"]) == ("m1", {"type": "sync", "data": created})
        place.call("DELETE", path(room, "messages", "m1"))
        assert early.event() == late.event() == {"type": "delete", "data": created}


def test_an_empty_group_is_an_empty_list(place: Place, room: str) -> None:
    with connect(place) as socket:
        socket.join("chat", room)
        assert socket.event() == {"type": "sync", "data": []}


def test_deleting_nothing_tells_nobody(place: Place, room: str) -> None:
    with connect(place) as socket:
        socket.join("chat", room)
        assert place.call("DELETE", path(room, "messages", "none")).status == 404
        assert [told["event"]["type"] for told in socket.rest()] == ["sync"]


def test_an_event_goes_to_a_group_or_to_an_item_as_well_and_is_not_kept(place: Place, room: str) -> None:
    put(place, room, "m1", text="one")
    with connect(place) as group, connect(place) as one, connect(place) as other:
        group.join("chat", room)
        one.join("chat", room, "m1")
        other.join("chat", room, "m2")
        assert [socket.event()["type"] for socket in (group, one)] == ["sync", "sync"]
        assert other.rest() == []
        typing, seen = {"type": "typing", "data": {"by": "ann"}}, {"type": "seen", "data": None}
        tell(place, room, typing)
        tell(place, room, seen, "m1")
        first, second = group.next(), group.next()
        assert (first["event"], "id" in first) == ({"type": "event", "event": typing}, False)
        assert (second["event"], second["id"]) == ({"type": "event", "event": seen}, "m1")
        assert [told["event"]["event"] for told in one.rest()] == [seen]
        assert other.rest() == []
    with connect(place) as later:
        later.join("chat", room)
        assert [told["event"]["type"] for told in later.rest()] == ["sync"]


def test_who_follows_a_group_and_an_item_of_it_is_told_once(place: Place, room: str) -> None:
    put(place, room, "m1", text="one")
    with connect(place) as socket:
        socket.join("chat", room)
        socket.join("chat", room, "m1")
        assert [socket.event()["type"] for _ in range(2)] == ["sync", "sync"]
        put(place, room, "m1", text="two")
        assert [told["event"]["type"] for told in socket.rest()] == ["update"]


def test_who_leaves_is_told_no_more(place: Place, room: str) -> None:
    with connect(place) as socket:
        key = socket.join("chat", room)
        other = socket.join("chat", room)
        assert [socket.event()["type"] for _ in range(2)] == ["sync", "sync"]
        socket.leave("chat", room, key=key)
        assert socket.rest() == []
        put(place, room, "m1", text="one")
        assert socket.event()["type"] == "create"
        socket.leave("chat", room, key=other)
        assert socket.rest() == []
        put(place, room, "m1", text="two")
        assert socket.rest() == []


def test_streams_are_apart(place: Place, room: str) -> None:
    with connect(place) as socket:
        socket.join("notices", "all")
        assert socket.event()["type"] == "sync"
        put(place, room, "m1", text="chat")
        put(place, "all", "m1", text="chat, in a group of that name")
        place.call("POST", f"/notices/{room[5:13]}", {"text": "hear"})
        assert socket.event()["data"]["text"] == "hear"


@pytest.mark.parametrize(
    ("token", "group", "allowed"),
    [
        ("token-ann", "staff", True),
        ("token-ben", "staff", False),
        (None, "staff", False),
        ("token-ben", "with-ben", True),
        ("token-ben", "with-ann", False),
        (None, "lobby", True),
    ],
)
def test_can_access_decides_by_group_and_by_who_asks(
    place: Place, token: str | None, group: str, allowed: bool
) -> None:
    with connect(place, f"?authToken={token}" if token else "") as socket:
        socket.join("chat", group)
        socket.join("chat", group, "m1")
        first = socket.next()
        if allowed:
            assert first["event"]["type"] == "sync"
        else:
            assert (first["streamName"], first["groupId"]) == ("chat", group)
            denied = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}
            assert error(first["event"]) == error(socket.event()) == denied
        put(place, group, "m1", text=token)
        assert len([told for told in socket.rest() if told.get("id") == "m1"]) >= allowed
        if not allowed:
            assert socket.rest() == []


def test_a_token_may_come_beside_a_protocol(place: Place) -> None:
    with connect(place, subprotocols=["Authorization", "token-ann"]) as socket:
        # the emulator answers with no protocol, as servers may; some clients do not put up with that
        assert socket.raw.subprotocol == (None if place.name == "emulator" else "Authorization")
        socket.join("chat", "staff")
        assert socket.event()["type"] == "sync"


def test_who_cannot_say_who_they_are_is_not_let_in(place: Place) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(place, "?authToken=stolen"):
        pass
    # The emulator refuses every handshake with 403, API Gateway with the status that the function gives.
    assert refused.value.response.status_code == (403 if place.name == "emulator" else 401)


def test_an_unknown_stream_and_words_without_sense_are_answered_and_forgiven(place: Place, room: str) -> None:
    with connect(place) as socket:
        socket.join("nothing", room)
        assert error(socket.event()) == {"code": "STREAM_ACCESS_DENIED", "message": "Stream nothing not found"}
        for frame in ("not json", "[]", '{"type": "$connect"}', '{"type": "join"}', '{"type": "join", "data": {}}'):
            socket.raw.send(frame)
            assert error(socket.event())["code"] == "STREAM_INVALID_MESSAGE"
        socket.join("chat", room)
        assert socket.event()["type"] == "sync"


def test_many_who_write_one_item_at_once_are_told_in_an_order(place: Place, room: str) -> None:
    with connect(place) as socket:
        socket.join("chat", room, "m1")
        assert socket.rest() == []
        with ThreadPoolExecutor(8) as pool:
            written = list(pool.map(lambda number: put(place, room, "m1", number=number), range(24)))
        told = sorted(socket.rest(), key=lambda message: message["timestamp"])
        assert [message["event"]["type"] for message in told] == ["create"] + ["update"] * 23
        assert len({message["timestamp"] for message in told}) == 24
        key = lambda item: item["number"]  # noqa: E731
        assert sorted((message["event"]["data"] for message in told), key=key) == sorted(written, key=key)
        (kept,) = place.call("GET", path(room, "messages")).json()
        assert told[-1]["event"]["data"] == item(kept)


def test_a_large_group_is_told_whole_and_in_order(place: Place, room: str) -> None:
    """More than a message of API Gateway: what does not fit into the sync comes as creates."""
    assert place.call("POST", path(room, "fill"), {"count": 30, "length": 10_000}).status == 201
    with connect(place) as socket:
        socket.join("chat", room)
        items: list[Any] = []
        while len(items) < 30:
            event = socket.event()
            assert event["type"] == ("create" if items else "sync")
            items += event["data"] if event["type"] == "sync" else [event["data"]]
        assert [item["id"] for item in items] == [f"{number:04}" for number in range(30)]
        assert {len(item["text"]) for item in items} == {10_000}
        put(place, room, "0003", text="short")
        assert socket.event()["type"] == "update"
