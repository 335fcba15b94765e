"""What only a deployed project has: versions, connections that outlive them, and API Gateway's limits."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import node_packages
from localstack.streams.clients import Client
from motia_cdk.stack_names import environment_stack
from parity.places import MOTIA, Deployed
from parity.serving import start
from parity.sockets import opened
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Files:
    """The same in both languages. put: a Step, and the item it sets. rooms: who may enter, and its last word."""

    put: str
    item: str
    changed: str
    rooms: str
    opened: str
    closed: str
    streams: tuple[str, ...]


FILES = {
    "chat": Files(
        "steps/put_message_step.py",
        'req["body"])',
        '{**req["body"], "version": 1.1})',
        "src/rooms.py",
        "return True",
        'return room != "attic"',
        ("chat_stream.py", "notices_stream.py"),
    ),
    "chat-ts": Files(
        "steps/put-message.step.ts",
        "req.body)",
        "{ ...req.body, version: 1.1 })",
        "src/rooms.ts",
        "return true",
        "return room !== 'attic'",
        ("chat.stream.ts", "notices_stream.js"),
    ),
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("chat", marks=[pytest.mark.xdist_group("chat-deployed"), pytest.mark.slow]),
        pytest.param("chat-ts", marks=pytest.mark.xdist_group("chat-ts-deployed")),
    ],
)
def chat_place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    for place in start(request.param, "emulator", tmp_path_factory.mktemp("deployed")):
        assert isinstance(place, Deployed)
        yield place


def put(place: Deployed, room: str, id: str, **message: Any) -> dict[str, Any]:
    answer = place.call("PUT", f"/rooms/{room}/messages/{id}", message)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def connections(place: Deployed) -> tuple[Any, str]:
    """boto3's DynamoDB, and the name of the connections table."""
    stacks = place.client("cloudformation").describe_stacks(
        StackName=environment_stack(place.project, place.environment)
    )["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    return place.client("dynamodb"), outputs["ConnectionTable"]


def kept(place: Deployed) -> list[dict[str, Any]]:
    dynamodb, table = connections(place)
    items: list[dict[str, Any]] = dynamodb.scan(TableName=table)["Items"]
    return items


def cloud(place: Deployed, *arguments: str) -> dict[str, Any]:
    command = [*MOTIA, "cloud", *arguments, "-n", place.project, "--environment-name", place.environment]
    command += ["--local", "-k", "parity-key", "--json"]
    done = subprocess.run(command, cwd=place.root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def replace(file: Path, old: str, new: str) -> None:
    source = file.read_text()
    assert old in source
    file.write_text(source.replace(old, new))


def test_nothing_is_kept_of_clients_that_have_left(chat_place: Deployed) -> None:
    with opened(chat_place.websocket_url) as socket:
        socket.join("chat", "lobby")
        socket.join("chat", "lobby", "m1")
        assert socket.event()["type"] == "sync"
        assert eventually(lambda: len(kept(chat_place)) == 5)  # itself, two subscriptions, a place in two rooms
    assert eventually(lambda: kept(chat_place) == [])


def test_a_step_forgets_who_went_without_a_word(chat_place: Deployed) -> None:
    dynamodb, table = connections(chat_place)
    rows = [
        {"room": "connection#ghost=", "connection": "#", "auth": "null"},
        {"room": "connection#ghost=", "connection": "k", "member": 'room#["chat","haunted"]', "asked": 1},
        {"room": 'room#["chat","haunted"]', "connection": "ghost=#k"},
    ]
    for row in rows:
        typed = {key: {"N": str(value)} if isinstance(value, int) else {"S": value} for key, value in row.items()}
        dynamodb.put_item(TableName=table, Item={**typed, "expires": {"N": "99999999999"}})
    put(chat_place, "haunted", "m1", text="boo")
    assert kept(chat_place) == []


def test_a_message_that_api_gateway_cannot_send_is_an_error_event(chat_place: Deployed) -> None:
    with opened(chat_place.websocket_url) as socket:
        socket.join("chat", "big", "m1")
        assert socket.rest() == []
        put(chat_place, "big", "m1", text="x" * 140_000)
        event = socket.event()
        assert event["event"]["data"]["code"] == "STREAM_MESSAGE_TOO_LARGE"
        put(chat_place, "big", "m1", text="short")
        assert socket.event()["type"] == "update"


@pytest.mark.slow
def test_connections_live_on_through_deploys_promotions_and_rollbacks(chat_place: Deployed) -> None:
    files = FILES[chat_place.project]
    step, rooms = chat_place.root / files.put, chat_place.root / files.rooms
    with opened(chat_place.websocket_url, "?authToken=token-ben") as socket:
        socket.join("chat", "lobby", "m1")
        socket.rest()
        replace(step, files.item, files.changed)
        again = chat_place.deploy()
        put(chat_place, "lobby", "m1", text="one")
        assert socket.event()["data"]["version"] == 1.1
        replace(step, "1.1", "2")
        replace(rooms, files.opened, files.closed)
        chat_place.version = "v2"
        waiting = chat_place.deploy()
        put(chat_place, "lobby", "m1", text="two")
        assert socket.event()["data"]["version"] == 1.1
        promoted = cloud(chat_place, "promote", "v2")
        put(chat_place, "lobby", "m1", text="three")
        assert socket.event()["data"]["version"] == 2
        socket.join("chat", "with-ben")  # who this is was said to the first version
        assert socket.event()["type"] == "sync"
        socket.join("chat", "attic")
        assert socket.event()["event"]["data"]["code"] == "STREAM_ACCESS_DENIED"
        back = cloud(chat_place, "rollback")
        socket.join("chat", "attic")
        assert socket.event()["type"] == "sync"
        put(chat_place, "lobby", "m1", text="four")
        assert socket.event()["data"]["version"] == 1.1
    urls = {told["websocket_url"] for told in (again, waiting, promoted, back)}
    assert urls == {chat_place.websocket_url}


@pytest.mark.slow
def test_a_version_without_streams_has_no_address_and_the_next_has_the_same_as_before(chat_place: Deployed) -> None:
    before = dict(chat_place.outcome)
    names = FILES[chat_place.project].streams
    for name in names:
        (chat_place.root / "steps" / name).rename(chat_place.root / name)
    try:
        chat_place.version = "v3"
        plain = chat_place.deploy("--promote")
        assert (plain["live"], plain["websocket_url"]) == (True, None)
        assert cloud(chat_place, "rollback")["websocket_url"] == before["websocket_url"]
    finally:
        chat_place.outcome = before
        for name in names:
            (chat_place.root / name).rename(chat_place.root / "steps" / name)
    with opened(chat_place.websocket_url) as socket:
        socket.join("notices", "all")
        assert socket.event()["type"] == "sync"


@pytest.mark.parametrize("package", ["@motiadev/stream-client-node", "@motiadev/stream-client-browser"])
def test_the_published_clients_follow_groups_items_and_events(chat_place: Deployed, package: str) -> None:
    room = package.rpartition("-")[2]
    put(chat_place, room, "1", text="one")
    client = Client(node_packages.install(), package)
    try:
        client.do("connect", address=chat_place.websocket_url + "?authToken=token-ben")
        client.group("room", "chat", room, listen="typing")
        client.item("second", "chat", room, "2", listen="typing")
        client.group("staff", "chat", "staff", listen="error")
        client.wait(lambda: client.events("staff", "error"))
        assert client.events("staff", "error") == [{"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}]
        texts = lambda: [item["text"] for item in client.state("room")]  # noqa: E731
        client.wait(lambda: client.states("room") and texts() == ["one"])
        eventually(lambda: len([row for row in kept(chat_place) if "member" in row]) == 2)
        put(chat_place, room, "2", text="two")
        client.wait(lambda: texts() == ["one", "two"])
        put(chat_place, room, "2", text="due")
        client.wait(lambda: texts() == ["one", "due"] and client.state("second")["text"] == "due")
        chat_place.call("POST", f"/rooms/{room}/events", {"type": "typing", "data": "ann"})
        chat_place.call("POST", f"/rooms/{room}/events/2", {"type": "typing", "data": "ben"})
        client.wait(lambda: client.events("room", "typing") == ["ann", "ben"])
        assert client.events("second", "typing") == ["ben"]
        chat_place.call("DELETE", f"/rooms/{room}/messages/2")
        client.wait(lambda: texts() == ["one"] and client.state("second") is None)
    finally:
        client.stop()
    assert eventually(lambda: kept(chat_place) == [])
