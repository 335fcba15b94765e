"""What a client is told, seen on the wire."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localstack.streams.conftest import Live
from waiting import eventually


@pytest.fixture(params=["dev", "start"])
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_group_is_synced_and_then_every_change_of_it_is_told(live: Live) -> None:
    live.do("set", "room", "1", {"text": "before"})
    socket = live.open()
    socket.join("chat", "room")
    first = socket.next()
    assert list(first) == ["timestamp", "streamName", "groupId", "event"]
    assert (first["streamName"], first["groupId"], first["event"]["type"]) == ("chat", "room", "sync")
    [before] = first["event"]["data"]
    assert set(before) == {"text", "id", "_createdAt"}

    live.do("set", "room", "2", {"text": "hi"})
    live.do("set", "room", "2", {"text": "hi again"})
    live.do("delete", "room", "2")
    live.do("send", {"groupId": "room"}, {"type": "typing", "data": {"who": "ada"}})
    live.do("send", {"groupId": "room", "id": "1"}, {"type": "seen", "data": 7})
    created, updated, deleted, typing, seen = (socket.next() for _ in range(5))
    assert list(created) == ["timestamp", "streamName", "groupId", "id", "event"]
    assert [m["event"]["type"] for m in (created, updated, deleted)] == ["create", "update", "delete"]
    assert [m["event"]["data"]["text"] for m in (created, updated, deleted)] == ["hi", "hi again", "hi again"]
    assert typing["event"] == {"type": "event", "event": {"type": "typing", "data": {"who": "ada"}}}
    assert "id" not in typing
    assert (seen["id"], seen["event"]["event"]) == ("1", {"type": "seen", "data": 7})
    stamps = [message["timestamp"] for message in (first, created, updated, deleted, typing, seen)]
    assert stamps == sorted(set(stamps))


def test_an_item_is_synced_if_it_is_there_and_told_of_when_it_comes(live: Live) -> None:
    live.do("set", "room", "1", {"n": 1})
    socket = live.open()
    socket.join("chat", "room", "1")
    synced = socket.next()
    assert (synced["id"], synced["event"]["type"], synced["event"]["data"]["n"]) == ("1", "sync", 1)
    socket.join("chat", "room", "later")
    assert socket.all() == []
    live.do("set", "room", "other", {})
    live.do("set", "room", "later", {"n": 2})
    assert socket.next()["event"]["data"]["n"] == 2
    live.do("send", {"groupId": "room"}, {"type": "for.the.group", "data": None})
    live.do("send", {"groupId": "room", "id": "later"}, {"type": "for.the.item", "data": None})
    assert socket.event()["event"]["type"] == "for.the.item"


def test_an_item_of_the_same_id_in_another_group_is_another(live: Live) -> None:
    socket = live.open()
    socket.join("chat", "a", "1")
    socket.all()
    live.do("set", "b", "1", {"secret": True})
    live.do("set", "a", "1", {"secret": False})
    [told] = socket.all()
    assert (told["groupId"], told["event"]["data"]["secret"]) == ("a", False)


def test_a_connection_that_follows_a_group_and_an_item_of_it_is_told_once(live: Live) -> None:
    socket = live.open()
    socket.join("chat", "room")
    socket.join("chat", "room", "1")
    socket.join("chat", "room")
    assert [m["event"]["data"] for m in socket.all()] == [[], []]
    live.do("set", "room", "1", {})
    live.do("delete", "room", "1")
    assert [m["event"]["type"] for m in socket.all()] == ["create", "delete"]


def test_a_delete_of_nothing_is_told_to_nobody(live: Live) -> None:
    socket = live.open()
    socket.join("chat", "room")
    socket.next()
    assert live.do("delete", "room", "none") is None
    assert socket.all() == []


def test_what_a_step_gets_has_a_mark_that_the_wire_never_has(live: Live) -> None:
    socket = live.open()
    socket.join("chat", "room")
    socket.next()
    mark = {"type": "state-stream", "streamName": "chat", "groupId": "room", "id": "1"}
    item = live.do("set", "room", "1", {"text": "hi"})
    assert item == {"text": "hi", "id": "1", "_createdAt": item["_createdAt"], "__motia": mark}
    assert live.do("get", "room", "1") == item
    assert live.do("getGroup", "room") == live.do("get_group", "room") == [item]
    assert live.do("set", "room", "1", item) == item
    assert live.do("delete", "room", "1") == item
    assert live.do("get", "room", "1") is None
    assert live.do("send", {"groupId": "room"}, {"type": "t", "data": 1}) is None
    assert "__motia" not in json.dumps(socket.all())


def test_after_a_leave_nothing_is_told_any_more(live: Live) -> None:
    socket = live.open()
    first, second = socket.join("chat", "room"), socket.join("chat", "room")
    socket.all()
    socket.say("leave", "chat", "room", key=first)
    live.do("set", "room", "1", {})
    assert len(socket.all()) == 1
    socket.say("leave", "chat", "room", key=second)
    socket.say("leave", "chat", "room", key=second)
    socket.all()
    live.do("set", "room", "1", {})
    assert socket.all() == []
    assert live.members() == 0


def test_a_join_of_the_same_subscription_takes_the_place_of_the_first(live: Live) -> None:
    socket = live.open()
    socket.join("chat", "a", key="mine")
    socket.join("chat", "b", key="mine")
    socket.all()
    live.do("set", "a", "1", {})
    live.do("set", "b", "1", {})
    assert [m["groupId"] for m in socket.all()] == ["b"]


def test_who_disconnects_leaves_its_rooms(live: Live) -> None:
    socket = live.open()
    socket.join("chat", "room")
    socket.next()
    assert live.members() == 1
    socket.raw.close()
    eventually(lambda: live.members() == 0)
    live.do("set", "room", "1", {})


@pytest.mark.parametrize("path", ["/", "/streams?authToken=x", "/any/path/at/all", "/do", "/emit", "/%20/ü".encode()])
def test_any_path_will_do(live: Live, path: Any) -> None:
    socket = live.open(path if isinstance(path, str) else "/%20/%C3%BC")
    socket.join("chat", "room")
    assert socket.event() == {"type": "sync", "data": []}


def test_the_first_protocol_that_is_offered_is_spoken(live: Live) -> None:
    assert live.open(subprotocols=["Authorization", "token"]).raw.subprotocol == "Authorization"
    assert live.open().raw.subprotocol is None


def test_nothing_is_missed_by_a_client_that_joins_while_items_are_written(live: Live) -> None:
    """Many sockets join at different moments of a hundred writes: sync and what follows make the whole, in order."""

    def write(number: int) -> None:
        live.do("set", "room", str(number), {"number": number})

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, number) for number in range(100)]
        sockets = []
        for _ in range(12):
            socket = live.open()
            socket.join("chat", "room")
            sockets.append(socket)
        for one in writing:
            one.result()
    for socket in sockets:
        sync, *rest = socket.all()
        assert sync["event"]["type"] == "sync"
        seen = [item["number"] for item in sync["event"]["data"]]
        seen += [message["event"]["data"]["number"] for message in rest]
        assert sorted(seen) == list(range(100))
        stamps = [message["timestamp"] for message in (sync, *rest)]
        assert stamps == sorted(set(stamps))


def test_an_unknown_stream_is_an_error_and_the_connection_goes_on(live: Live) -> None:
    socket = live.open()
    socket.join("nothing", "room", "1")
    told = socket.next()
    assert (told["streamName"], told["groupId"], told["id"]) == ("nothing", "room", "1")
    error = {"code": "STREAM_ACCESS_DENIED", "message": "Stream nothing not found"}
    assert told["event"] == {"type": "event", "event": {"type": "error", "data": error}}
    socket.join("chat", "room")
    assert socket.event()["type"] == "sync"


def test_a_page_from_elsewhere_is_not_let_in(live: Live) -> None:
    from websockets.exceptions import InvalidStatus

    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            live.open(origin=origin)
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus):
        live.open(additional_headers={"Host": "evil.example"})
    assert live.open(origin="http://localhost:5173")
