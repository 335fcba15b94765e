"""What connected clients of a stream are told."""

from __future__ import annotations

from typing import Any

from conformance.calling import calls_of_event, unique, value
from conformance.sentences import contract, sentence
from parity.places import Place
from parity.sockets import Socket, opened

HELLO = {"text": "Hello!", "author": "Alice"}


def put(place: Place, room: str, id: str, **changes: Any) -> None:
    value(place, "streams.chatMessages.set", room, id, {**HELLO, **changes})


def joined(socket: Socket, room: str, id: str | None = None) -> None:
    socket.join("chatMessages", room, id)
    socket.rest()


@sentence("streams", "a client that joins a group gets its items")
def test_joining_a_group(place: Place) -> None:
    room = unique()
    put(place, room, "a")
    with opened(place.websocket_url) as socket:
        socket.join("chatMessages", room)
        message = socket.next()
    assert (message["streamName"], message["groupId"], message["event"]["type"]) == ("chatMessages", room, "sync")
    assert [item["id"] for item in message["event"]["data"]] == ["a"]


@sentence("streams", contract("a client that joins an item gets it, where it is there"))
def test_joining_an_item(place: Place) -> None:
    room = unique()
    put(place, room, "a")
    with opened(place.websocket_url) as socket:
        socket.join("chatMessages", room, "a")
        event = socket.event()
        socket.join("chatMessages", room, "missing")
        assert socket.rest() == []
    assert (event["type"], event["data"]["text"]) == ("sync", "Hello!")


@sentence("streams", "`set` of a new item pushes create to connected clients")
def test_a_create_is_pushed(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        put(place, room, "a")
        event = socket.event()
    assert (event["type"], event["data"]["id"], event["data"]["text"]) == ("create", "a", "Hello!")


@sentence("streams", "`set` of an item that is there pushes update")
def test_an_update_is_pushed(place: Place) -> None:
    room = unique()
    put(place, room, "a")
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        put(place, room, "a", text="Bye!")
        event = socket.event()
    assert (event["type"], event["data"]["text"]) == ("update", "Bye!")


@sentence("streams", "`delete` pushes delete")
def test_a_delete_is_pushed(place: Place) -> None:
    room = unique()
    put(place, room, "a")
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        value(place, "streams.chatMessages.delete", room, "a")
        event = socket.event()
    assert (event["type"], event["data"]["id"]) == ("delete", "a")


@sentence("streams", "`send` to a group pushes an event that is not kept")
def test_an_event_is_pushed(place: Place) -> None:
    room, typing = unique(), {"type": "user.typing", "data": {"user_id": "alice"}}
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        value(place, "streams.chatMessages.send", {"groupId": room}, typing)
        assert socket.event() == {"type": "event", "event": typing}


@sentence("streams", contract("`send` to an item reaches those who joined it"))
def test_an_event_of_an_item(place: Place) -> None:
    room, seen = unique(), {"type": "seen", "data": None}
    with opened(place.websocket_url) as socket:
        joined(socket, room, "a")
        value(place, "streams.chatMessages.send", {"groupId": room, "id": "a"}, seen)
        message = socket.next()
    assert (message["id"], message["event"]) == ("a", {"type": "event", "event": seen})


@sentence("streams", "clients are told of what event Steps do, too")
def test_pushes_from_event_steps(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        calls_of_event(place, ("streams.chatMessages.set", room, "a", HELLO))
        assert socket.event()["type"] == "create"


@sentence("streams", "clients of another group are told nothing")
def test_groups_are_apart(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        put(place, unique(), "a")
        assert socket.rest() == []


@sentence("streams", contract("who leaves is told no more"))
def test_leaving(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        key = socket.join("chatMessages", room)
        socket.rest()
        socket.leave("chatMessages", room, key=key)
        socket.rest()
        put(place, room, "a")
        assert socket.rest() == []


@sentence("streams", contract("pushed items have no `__motia` mark"))
def test_items_on_the_wire(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        joined(socket, room)
        put(place, room, "a")
        assert "__motia" not in socket.event()["data"]


@sentence("streams", contract("timestamps of a connection only rise"))
def test_timestamps(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        socket.join("chatMessages", room)
        times = [socket.next()["timestamp"]]
        for number in range(5):
            put(place, room, "a", number=number)
            times.append(socket.next()["timestamp"])
    assert times == sorted(set(times))


@sentence("streams", contract("a frame that is not JSON is answered, and the connection goes on"))
def test_a_bad_frame(place: Place) -> None:
    room = unique()
    with opened(place.websocket_url) as socket:
        socket.raw.send("not json")
        assert socket.event()["event"]["type"] == "error"
        socket.join("chatMessages", room)
        assert socket.event() == {"type": "sync", "data": []}
