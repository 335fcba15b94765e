"""Subscribers are told what happens to streams."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from fake_sockets import FakeSockets, fake_sockets
from motia.aws.rooms import Connection
from motia.aws.sandbox import AwsBackend, open_backend
from motia.aws.sockets import MAX_BYTES
from motia.errors import CloudError
from motia.stream_protocol import room


@pytest.fixture
def sockets() -> Iterator[FakeSockets]:
    with fake_sockets() as fake:
        yield fake


@pytest.fixture
def backend(cloud: Any, sockets: FakeSockets) -> AwsBackend:
    table = cloud.table(f"connections-{cloud.environ['MOTIA_BUCKET']}", "room", "connection")
    cloud.environ.update(MOTIA_WEBSOCKET_ENDPOINT=sockets.url, MOTIA_CONNECTION_TABLE=table)
    return open_backend(cloud.environ)


def listen(backend: AwsBackend, client: str, *rooms: str) -> None:
    known = backend.clients().rooms
    known.open(client, None)
    connection = known.connection(client)
    assert isinstance(connection, Connection)
    for number, name in enumerate(rooms):
        known.join(connection, f"s{number}", name, number)


GROUP, ITEM, OTHER = room("chat", "lobby"), room("chat", "lobby", "m1"), room("chat", "lobby", "m2")


def test_a_change_goes_to_the_group_and_to_the_item_and_to_nobody_else(
    backend: AwsBackend, sockets: FakeSockets
) -> None:
    listen(backend, "group=", GROUP)
    listen(backend, "item=", ITEM)
    listen(backend, "other=", OTHER, room("chat", "attic"), room("mail", "lobby"))

    async def change() -> list[Any]:
        first = await backend.streams.set("chat", "lobby", "m1", {"n": 1})
        second = await backend.streams.set("chat", "lobby", "m1", {"n": 2})
        await backend.streams.delete("chat", "lobby", "m1")
        return [first, second]

    first, second = asyncio.run(change())
    events = [{"type": "create", "data": first}, {"type": "update", "data": second}, {"type": "delete", "data": second}]
    assert sockets.events("group=") == sockets.events("item=") == events
    assert "other=" not in sockets.told
    told = sockets.told["item="]
    assert all((m["streamName"], m["groupId"], m["id"]) == ("chat", "lobby", "m1") for m in told)
    assert told[0]["timestamp"] < told[1]["timestamp"] < told[2]["timestamp"]


def test_who_listens_twice_is_told_once(backend: AwsBackend, sockets: FakeSockets) -> None:
    listen(backend, "c=", GROUP, ITEM, GROUP)
    asyncio.run(backend.streams.set("chat", "lobby", "m1", {}))
    assert len(sockets.told["c="]) == 1


def test_an_event_goes_to_the_group_or_to_an_item_as_well(backend: AwsBackend, sockets: FakeSockets) -> None:
    listen(backend, "group=", GROUP)
    listen(backend, "item=", ITEM)

    async def send() -> None:
        await backend.streams.send("chat", "lobby", None, {"type": "typing", "data": "a"})
        await backend.streams.send("chat", "lobby", "m1", {"type": "seen", "data": {"by": "b"}})

    asyncio.run(send())
    typing, seen = (
        {"type": "event", "event": {"type": kind, "data": data}}
        for kind, data in [("typing", "a"), ("seen", {"by": "b"})]
    )
    assert sockets.events("group=") == [typing, seen]
    assert sockets.events("item=") == [seen]
    assert "id" not in sockets.told["group="][0]


def test_a_client_that_is_gone_is_forgotten(backend: AwsBackend, sockets: FakeSockets) -> None:
    listen(backend, "gone=", GROUP, ITEM, OTHER)
    listen(backend, "here=", GROUP)
    sockets.gone.add("gone=")

    async def change() -> None:
        await backend.streams.set("chat", "lobby", "m1", {})
        await backend.streams.set("chat", "lobby", "m2", {})

    asyncio.run(change())
    assert sockets.asked.count("gone=") == 1
    assert len(sockets.told["here="]) == 2
    rooms = backend.clients().rooms
    assert rooms.connection("gone=") is None
    assert [rooms.members(name) for name in (ITEM, OTHER)] == [[], []]


def test_a_client_that_cannot_be_told_costs_neither_the_others_nor_the_step(
    backend: AwsBackend, sockets: FakeSockets, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(backend, "broken=", GROUP)
    listen(backend, "here=", GROUP)
    sockets.broken.add("broken=")
    asyncio.run(backend.streams.set("chat", "lobby", "m1", {}))
    assert len(sockets.told["here="]) == 1
    record = capsys.readouterr().out
    assert '"level":"warn"' in record
    assert "PostToConnection failed with 403" in record
    assert '"failed":1,"subscribers":2' in record


def test_without_its_table_a_change_is_kept_all_the_same(
    cloud: Any, sockets: FakeSockets, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.environ.update(MOTIA_WEBSOCKET_ENDPOINT=sockets.url, MOTIA_CONNECTION_TABLE="none-such")
    backend = open_backend(cloud.environ)
    assert asyncio.run(backend.streams.set("chat", "lobby", "m1", {}))["id"] == "m1"
    assert "ResourceNotFoundException" in capsys.readouterr().out


def test_what_api_gateway_cannot_send_becomes_an_error_event_and_a_warning(
    backend: AwsBackend, sockets: FakeSockets, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(backend, "c=", GROUP)

    async def change() -> None:
        await backend.streams.set("chat", "lobby", "m1", {"text": "x" * (MAX_BYTES - 300)})
        await backend.streams.set("chat", "lobby", "m1", {"text": "x" * MAX_BYTES})

    asyncio.run(change())
    whole, refusal = sockets.told["c="]
    assert whole["event"]["type"] == "create"
    assert max(sockets.sizes) <= MAX_BYTES
    assert refusal["event"]["event"]["data"]["code"] == "STREAM_MESSAGE_TOO_LARGE"
    assert (refusal["streamName"], refusal["groupId"], refusal["id"]) == ("chat", "lobby", "m1")
    assert "too large" in capsys.readouterr().out


def test_forty_clients_are_told_in_parallel(backend: AwsBackend, sockets: FakeSockets) -> None:
    for number in range(40):
        listen(backend, f"c{number}=", GROUP)
    asyncio.run(backend.streams.set("chat", "lobby", "m1", {}))
    assert len(sockets.told) == 40


def test_a_project_without_streams_has_no_clients(cloud: Any) -> None:
    with pytest.raises(CloudError, match="MOTIA_WEBSOCKET_ENDPOINT"):
        open_backend(cloud.environ).clients()
