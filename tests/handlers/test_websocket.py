"""The entry point of the WebSocket API, on tables of moto."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fake_sockets import FakeSockets
from handlers.websocket_api import Api, backend, bundle, message
from motia.aws.sockets import MAX_BYTES
from motia.errors import ProjectError
from motia_handlers.hall import open_hall
from motia_handlers.websocket import handle

CHAT = """
config = {"name": "chat", "schema": None}

def can_access(subscription, auth_context):
    if subscription["groupId"] == "broken":
        raise RuntimeError("canAccess itself")
    return subscription["groupId"] != "secret" or (auth_context or {}).get("user") == "ann"
"""
CONFIG = """
from src.users import USERS

async def authenticate(request):
    token = request["headers"].get("sec-websocket-protocol", "").partition(", ")[2]
    if "?authToken=" in request["url"]:
        token = request["url"].partition("?authToken=")[2]
    if token == "odd":
        return object()
    return {"user": USERS[token], "url": request["url"]} if token else None

streamAuth = {"authenticate": authenticate}
"""
FILES = {"steps/chat_stream.py": CHAT, "motia_config.py": CONFIG, "src/users.py": 'USERS = {"a": "ann", "b": "ben"}'}


@pytest.fixture
def api(moto_url: str, sockets: FakeSockets, tmp_path: Path) -> Api:
    root = bundle(tmp_path, FILES, {"chat": "steps/chat_stream.py"})
    return Api(open_hall(root, backend(moto_url, sockets)), sockets)


def run(api: Api, call: Any) -> Any:
    async def wait() -> Any:
        return await call(api.hall._backend.streams)

    return asyncio.run(wait())


def test_a_client_hears_of_what_it_joined_and_no_more_when_it_left(api: Api) -> None:
    run(api, lambda streams: streams.set("chat", "lobby", "m1", {"n": 1}))
    assert api.connect("c1=") == {"statusCode": 200}
    api.join("c1=", "chat", "lobby")
    (sync,) = api.told("c1=")
    assert (sync["streamName"], sync["groupId"], sync["event"]["type"]) == ("chat", "lobby", "sync")
    assert [item["id"] for item in sync["event"]["data"]] == ["m1"]
    assert list(sync) == ["timestamp", "streamName", "groupId", "event"]
    run(api, lambda streams: streams.set("chat", "lobby", "m2", {"n": 2}))
    assert api.told("c1=")[1]["event"]["type"] == "create"
    api.say("c1=", message("leave", "chat", "lobby"))
    run(api, lambda streams: streams.set("chat", "lobby", "m3", {}))
    assert len(api.told("c1=")) == 2


def test_an_item_that_is_not_there_is_not_told_until_it_is(api: Api) -> None:
    api.connect("c1=")
    api.join("c1=", "chat", "lobby", "m1")
    assert api.told("c1=") == []
    item = run(api, lambda streams: streams.set("chat", "lobby", "m1", {"n": 1}))
    assert [told["event"] for told in api.told("c1=")] == [{"type": "create", "data": item}]
    api.connect("c2=")
    api.join("c2=", "chat", "lobby", "m1")
    (sync,) = api.told("c2=")
    assert (sync["id"], sync["event"]) == ("m1", {"type": "sync", "data": item})
    assert sync["timestamp"] == api.told("c1=")[0]["timestamp"]


def test_an_empty_group_is_an_empty_list(api: Api) -> None:
    api.connect("c1=")
    api.join("c1=", "news", "today")
    assert api.told("c1=")[0]["event"] == {"type": "sync", "data": []}


@pytest.mark.parametrize(
    ("token", "group", "allowed"),
    [
        ("a", "secret", True),
        ("b", "secret", False),
        (None, "secret", False),
        (None, "lobby", True),
        ("a", "broken", False),
    ],
)
def test_can_access_decides_with_what_authenticate_returned(
    api: Api, token: str | None, group: str, allowed: bool
) -> None:
    api.connect("c1=", token)
    api.join("c1=", "chat", group, key="mine")
    (told,) = api.told("c1=")
    assert told["event"]["type"] == ("sync" if allowed else "event")
    if not allowed:
        data = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}
        assert told["event"] == {"type": "event", "event": {"type": "error", "data": data}}
        assert told["groupId"] == group
    run(api, lambda streams: streams.set("chat", group, "m", {}))
    assert len(api.told("c1=")) == (2 if allowed else 1)


@pytest.mark.parametrize("token", ["unknown", "odd"])
def test_who_is_refused_gets_a_401(api: Api, token: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert api.connect("c1=", token) == {"statusCode": 401}
    assert "a client was refused" in capsys.readouterr().out
    api.join("c1=", "chat", "lobby")
    assert api.told("c1=") == []


def test_authenticate_sees_headers_and_the_target_as_a_server_of_ones_own_would(api: Api) -> None:
    offered = {"Sec-WebSocket-Protocol": ["Authorization, a"], "X-Many": ["1", "2"]}
    answer = api.connect("c1=", multiValueHeaders=offered)
    assert answer == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "Authorization"}}
    connection = api.hall.clients.rooms.connection("c1=")
    assert connection is not None
    assert connection.auth == {"user": "ann", "url": "/"}
    api.connect("c2=", "b")
    assert (api.hall.clients.rooms.connection("c2=") or connection).auth["url"] == "/?authToken=b"


def test_an_unknown_stream_is_named(api: Api) -> None:
    api.connect("c1=")
    api.join("c1=", "nope", "g")
    assert api.told("c1=")[0]["event"]["event"]["data"]["message"] == "Stream nope not found"


@pytest.mark.parametrize(
    "frame", ["not json", "[]", "{}", "", '{"type":"$connect"}', '{"type":"join","data":{}}', "null"]
)
def test_a_frame_that_makes_no_sense_is_answered(api: Api, frame: str) -> None:
    api.connect("c1=")
    api.say("c1=", frame)
    (told,) = api.told("c1=")
    assert told["event"]["event"]["data"]["code"] == "STREAM_INVALID_MESSAGE"


def test_a_message_cannot_pass_for_a_connection(api: Api) -> None:
    """A client chooses the route by what it sends, not the kind of the event."""
    event = api.event("MESSAGE", "c1=", body='{"type": "$connect"}')
    event["requestContext"]["routeKey"] = "$connect"
    assert asyncio.run(handle(event, api.hall)) == {"statusCode": 200}
    assert api.hall.clients.rooms.connection("c1=") is None


def test_messages_that_overtake_each_other_come_to_the_same_end(api: Api) -> None:
    api.connect("c1=")
    join = api.event("MESSAGE", "c1=", body=json.dumps(message("join", "chat", "lobby")))
    leave = api.event("MESSAGE", "c1=", body=json.dumps(message("leave", "chat", "lobby")))
    asyncio.run(handle(leave, api.hall))
    asyncio.run(handle(join, api.hall))
    run(api, lambda streams: streams.set("chat", "lobby", "m", {}))
    assert api.told("c1=") == []


def test_who_disconnects_leaves_nothing_behind(api: Api) -> None:
    api.connect("c1=")
    api.join("c1=", "chat", "lobby")
    api.join("c1=", "chat", "lobby", "m1", key="s2")
    assert api.send("DISCONNECT", "c1=") == {"statusCode": 200}
    rooms = api.hall.clients.rooms
    assert rooms._db.client.call("Scan", {"TableName": rooms._table})["Items"] == []
    api.join("c1=", "chat", "lobby")  # was on its way
    assert rooms._db.client.call("Scan", {"TableName": rooms._table})["Items"] == []


def test_who_is_gone_when_told_leaves_nothing_behind(api: Api) -> None:
    api.connect("c1=")
    api.sockets.gone.add("c1=")
    api.join("c1=", "chat", "lobby")
    rooms = api.hall.clients.rooms
    assert rooms._db.client.call("Scan", {"TableName": rooms._table})["Items"] == []


def test_a_group_of_any_size_arrives_in_order(api: Api) -> None:
    async def fill(streams: Any) -> None:
        for number in range(40):
            await streams.set("chat", "big", f"{number:02}", {"text": "ü" * 5000, "_createdAt": number + 1})
        await streams.set("chat", "big", "huge", {"text": "x" * MAX_BYTES, "_createdAt": 99})

    run(api, fill)
    api.connect("c1=")
    api.join("c1=", "chat", "big")
    sync, *creates, refusal = api.told("c1=")
    assert len(sync["event"]["data"]) > 10
    assert all("id" not in told and told["event"]["type"] == "create" for told in creates)
    items = [*sync["event"]["data"], *(told["event"]["data"] for told in creates)]
    assert [item["id"] for item in items] == [f"{number:02}" for number in range(40)]
    assert refusal["event"]["event"]["data"]["code"] == "STREAM_MESSAGE_TOO_LARGE"
    assert MAX_BYTES - 11_000 < max(api.sockets.sizes) <= MAX_BYTES


def test_subscriptions_are_limited(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia.stream_protocol.MAX_SUBSCRIPTIONS", 2)
    api.connect("c1=")
    for number in range(3):
        api.join("c1=", "chat", str(number), key=f"s{number}")
    assert api.told("c1=")[2]["event"]["event"]["data"]["code"] == "STREAM_TOO_MANY_SUBSCRIPTIONS"


def test_without_stream_auth_everybody_connects(moto_url: str, sockets: FakeSockets, tmp_path: Path) -> None:
    root = bundle(tmp_path, {}, {})
    api = Api(open_hall(root, backend(moto_url, sockets)), sockets)
    api.connect("c1=")
    api.join("c1=", "chat", "secret")
    assert api.told("c1=")[0]["event"]["type"] == "sync"


def test_rules_that_cannot_be_loaded_let_nobody_in(
    moto_url: str, sockets: FakeSockets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"steps/chat_stream.py": "import nothing_such", "motia_config.py": "raise RuntimeError('today')"}
    root = bundle(tmp_path, files, {"chat": "steps/chat_stream.py"})
    api = Api(open_hall(root, backend(moto_url, sockets)), sockets)
    said = capsys.readouterr().out
    assert "nothing_such" in said
    assert "today" in said
    assert api.connect("c1=") == {"statusCode": 503}
    (root / "motia_config.py").write_text("")
    assert api.connect("c1=") == {"statusCode": 200}
    api.join("c1=", "chat", "lobby")
    assert api.told("c1=")[0]["event"]["event"]["data"]["message"] == "Access denied"


def test_a_bundle_without_its_description_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"motia\.json"):
        open_hall(tmp_path)
