"""The end of a server, of a worker, and of clients that are gone without a word."""

from __future__ import annotations

import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from localstack.streams.conftest import Live
from localstack.streams.test_hostile import frame, handshake
from waiting import eventually


@pytest.fixture(params=["dev", "start"])
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_server_that_stops_says_goodbye(live: Live) -> None:
    socket, idle = live.open(), live.open()
    socket.join("chat", "room")
    socket.next()
    began = time.monotonic()
    live.live.stop()
    assert time.monotonic() - began < 3
    for one in (socket, idle):
        with pytest.raises(ConnectionClosed):
            one.next()
        assert one.raw.close_code == 1012


def test_a_server_stops_although_a_client_does_not_read(live: Live) -> None:
    slow = handshake(live, receive_buffer=4096)
    slow.sendall(frame('{"type": "join", "data": {"streamName": "chat", "groupId": "g"}}'))
    eventually(lambda: live.members() == 1)
    live.do("send", {"groupId": "g"}, {"type": "t", "data": "x" * 5_000_000})
    began = time.monotonic()
    live.live.stop()
    assert time.monotonic() - began < 6
    slow.close()


def test_a_server_stops_although_authenticate_is_still_thinking(site: Live) -> None:
    site.write(
        "motia_config.py",
        """
        import asyncio

        async def authenticate(request):
            await asyncio.sleep(60)

        stream_auth = {"authenticate": authenticate}
        """,
    )
    site.start()
    seen: list[Exception] = []

    def connect() -> None:
        try:
            site.open()
        except Exception as wrong:
            seen.append(wrong)

    thread = threading.Thread(target=connect)
    thread.start()
    eventually(lambda: site.live.server.sockets._arriving)
    began = time.monotonic()
    site.live.stop()
    assert time.monotonic() - began < 5
    thread.join(10)
    [wrong] = seen
    assert isinstance(wrong, InvalidStatus) and wrong.response.status_code == 503


def test_a_client_that_vanishes_is_forgotten(live: Live) -> None:
    for _ in range(20):
        raw = handshake(live)
        raw.sendall(frame('{"type": "join", "data": {"streamName": "chat", "groupId": "g"}}'))
        raw.close()
    eventually(lambda: not live.live.server.sockets.connections)
    assert live.members() == 0


def test_a_silent_client_is_pinged_and_forgotten(site: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia_local.server.http.PING_S", 0.3)
    site.start()
    silent = handshake(site)
    answering = site.open()
    answering.join("chat", "g")
    answering.next()
    eventually(lambda: len(site.live.server.sockets.connections) == 1)
    site.do("set", "g", "1", {})
    assert answering.event()["type"] == "create"
    silent.close()


def test_items_and_their_order_survive_a_restart(site: Live) -> None:
    site.options = {"workers": 1}
    site.start()
    for id in ("z", "a", "m"):
        site.do("set", "g", id, {})
    site.live.stop()
    site.start()
    socket = site.open()
    socket.join("chat", "g")
    assert [item["id"] for item in socket.event()["data"]] == ["z", "a", "m"]
