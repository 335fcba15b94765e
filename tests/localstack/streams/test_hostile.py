"""Frames and clients that mean no good: answered or closed, never fatal, nobody else disturbed."""

from __future__ import annotations

import base64
import json
import os
import random
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from localstack.streams.conftest import Live
from motia.stream_protocol import MAX_FRAME_BYTES, MAX_SUBSCRIPTIONS
from waiting import eventually

DEEP = "[" * 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for all of it: what one test did to it, the next would see."""
    from localstack.streams.conftest import CHAT, DO

    made = Live(tmp_path_factory.mktemp("hostile"))
    made.write("steps/chat_stream.py", CHAT)
    made.write("steps/do_step.py", DO)
    made.start()
    yield made
    made.opened.close()
    made.live.stop()


@pytest.fixture
def live(server: Live) -> Iterator[Live]:
    """The server, which afterwards still serves."""
    yield server
    healthy = server.open()
    healthy.join("chat", "after")
    assert healthy.event()["type"] == "sync"
    server.do("send", {"groupId": "after"}, {"type": "still", "data": "there"})
    assert healthy.event()["event"]["type"] == "still"
    server.opened.close()
    eventually(lambda: not server.live.server.sockets.connections)
    assert server.members() == 0


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "",
        "null",
        "5",
        "[]",
        "{}",
        '{"type": "join"}',
        '{"type": "join", "data": []}',
        '{"type": "join", "data": {}}',
        '{"type": "join", "data": {"streamName": "chat"}}',
        '{"type": "join", "data": {"streamName": "chat", "groupId": 5}}',
        '{"type": "join", "data": {"streamName": "chat", "groupId": ""}}',
        '{"type": "join", "data": {"streamName": ["chat"], "groupId": "g"}}',
        '{"type": "join", "data": {"streamName": "chat", "groupId": "g", "id": {}}}',
        '{"type": "join", "data": {"streamName": "chat", "groupId": "g", "subscriptionId": 1}}',
        '{"type": "join", "data": {"streamName": "chat", "groupId": "\\ud800"}}',
        json.dumps({"type": "join", "data": {"streamName": "chat", "groupId": "g" * 3000}}),
        json.dumps({"type": "join", "data": {"streamName": "s" * 3000, "groupId": "g"}}),
        '{"type": "leave", "data": {"streamName": "chat"}}',
        '{"type": "sync", "data": {"streamName": "chat", "groupId": "g"}}',
        '{"type": "\\ud800", "data": {}}',
        '{"type": ["join"], "data": {}}',
        '{"type": NaN}',
        DEEP,
        '{"a":' * 20_000,
        "1" * 5000,
        b"\xff\xfe\x00",
        b"\x00" * 1000,
        random.Random(3).randbytes(1000),
    ],
    ids=lambda frame: ascii(frame[:30]),
)
def test_a_frame_that_cannot_be_understood_is_answered(live: Live, frame: Any) -> None:
    client = live.open()
    client.raw.send(frame)
    error = client.error()
    assert error["code"] == "STREAM_INVALID_MESSAGE"
    assert len(error["message"]) < 400
    client.join("chat", "g")
    assert client.event()["type"] == "sync"


def test_a_join_in_a_binary_frame_is_a_join(live: Live) -> None:
    client = live.open()
    client.raw.send(b'{"type": "join", "data": {"streamName": "chat", "groupId": "g"}}')
    assert client.event()["type"] == "sync"


def test_names_with_any_characters_are_kept_apart(live: Live) -> None:
    client = live.open()
    for group, id in (("a", "b:c"), ("a:b", "c"), ('a","b', None), ("ü\n\u2028", None), ("a", None)):
        client.join("chat", group, id)
    client.all()
    live.do("set", "a:b", "c", {})
    live.do("set", 'a","b', "x", {})
    live.do("set", "ü\n\u2028", "x", {})
    assert [m["groupId"] for m in client.all()] == ["a:b", 'a","b', "ü\n\u2028"]


def test_a_huge_frame_closes_its_connection(live: Live) -> None:
    client = live.open()
    client.raw.send(" " * MAX_FRAME_BYTES)
    assert client.error()["code"] == "STREAM_INVALID_MESSAGE"
    client.raw.send("x" * (MAX_FRAME_BYTES + 1))
    with pytest.raises(ConnectionClosed):
        client.next()
    assert client.raw.close_code == 1009


def test_a_huge_message_in_fragments_closes_its_connection(live: Live) -> None:
    client = live.open()
    with pytest.raises(ConnectionClosed):
        client.raw.send("x" * 1000 for _ in range(100_000))
        client.next()
    assert client.raw.close_code == 1009


def test_a_message_of_endless_empty_fragments_closes_its_connection(live: Live) -> None:
    client = live.open()
    with pytest.raises(ConnectionClosed):
        client.raw.send("" for _ in range(5_000))
        client.next()
    assert client.raw.close_code == 1009


def test_text_that_is_not_utf8_closes_its_connection(live: Live) -> None:
    client = live.open()
    client.raw.send(b'{"type": "\xff"}', text=True)
    with pytest.raises(ConnectionClosed):
        client.next()
    assert client.raw.close_code == 1007


@pytest.mark.parametrize("count", [1000, pytest.param(6000, marks=pytest.mark.slow)])
def test_random_frames(live: Live, count: int) -> None:
    chance = random.Random(7)
    alphabet = [
        '"',
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "type",
        "join",
        "leave",
        "data",
        "streamName",
        "chat",
        "\\u",
        "é",
        "0",
    ]
    client = live.open()
    for _ in range(count):
        size = chance.randrange(1, 60)
        client.raw.send("".join(chance.choices(alphabet, k=size)) if chance.random() < 0.5 else chance.randbytes(size))
    assert all(message["event"]["type"] == "event" for message in client.all())


def test_random_bytes_instead_of_frames(live: Live) -> None:
    chance = random.Random(11)
    for _ in range(60):
        raw = handshake(live)
        raw.sendall(chance.randbytes(chance.randrange(2, 4000)))
        raw.close()
    eventually(lambda: not live.live.server.sockets.connections)


@pytest.mark.parametrize("header", ["x-token: " + "y" * 20_000, "\r\n".join(f"x-{n}: y" for n in range(300))])
def test_a_handshake_beyond_the_limits_is_refused(live: Live, header: str) -> None:
    raw = socket.create_connection(("127.0.0.1", live.live.server.port), 10)
    raw.sendall(request(header))
    assert raw.recv(4096).split()[1] in (b"431", b"400")  # as the version of `websockets` says it
    while raw.recv(4096):
        continue
    raw.close()


def test_a_client_may_follow_much_but_not_everything(live: Live) -> None:
    client = live.open()
    for number in range(MAX_SUBSCRIPTIONS + 500):
        client.join("chat", f"group-{number}")
    answers = client.all()
    kinds = [message["event"]["type"] for message in answers]
    assert kinds.count("sync") == MAX_SUBSCRIPTIONS
    errors = [message["event"]["event"]["data"] for message in answers if message["event"]["type"] == "event"]
    assert {error["code"] for error in errors} == {"STREAM_TOO_MANY_SUBSCRIPTIONS"}
    assert len(errors) == 500
    live.do("set", "group-7", "1", {})
    assert client.event()["type"] == "create"
    client.raw.close()
    eventually(lambda: live.members() == 0)


def test_thousands_of_joins_and_leaves_of_one_group_leave_nothing_behind(live: Live) -> None:
    client = live.open()
    for _ in range(3000):
        key = client.join("chat", "busy")
        client.say("leave", "chat", "busy", key=key)
    assert len(client.all()) == 3000
    assert live.members() == 0


def test_a_client_that_pings_and_never_reads_is_dropped(live: Live) -> None:
    raw = handshake(live)
    ping = b"\x89\xfd" + bytes(4) + bytes(125)
    raw.settimeout(20)
    with pytest.raises(OSError):
        while True:
            raw.sendall(ping * 500)
    raw.close()


def request(*headers: str) -> bytes:
    """A handshake."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET / HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
    ]
    return "\r\n".join([*lines, f"Sec-WebSocket-Key: {key}", *headers, "", ""]).encode()


def handshake(live: Live, receive_buffer: int | None = None) -> socket.socket:
    """A TCP connection after its handshake."""
    raw = socket.socket()
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.settimeout(10)
    raw.connect(("127.0.0.1", live.live.server.port))
    raw.sendall(request())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += raw.recv(1)
    assert b" 101 " in answer
    return raw


def frame(text: str) -> bytes:
    """A masked text frame."""
    data = text.encode()
    return b"\x81" + struct.pack("!BH", 0x80 | 126, len(data)) + bytes(4) + data


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of the frames in what a server sent."""
    while len(data) >= 2:
        size, at = data[1] & 127, 2
        if size == 126:
            size, at = struct.unpack_from("!H", data, 2)[0], 4
        elif size == 127:
            size, at = struct.unpack_from("!Q", data, 2)[0], 10
        yield data[0] & 15, data[at : at + size]
        data = data[at + size :]


def test_a_client_that_does_not_read_is_closed_and_costs_the_others_nothing(live: Live) -> None:
    slow, quick = handshake(live, receive_buffer=4096), live.open()
    slow.sendall(frame('{"type": "join", "data": {"streamName": "chat", "groupId": "big"}}'))
    quick.join("chat", "big")
    quick.next()
    sockets = live.live.server.sockets
    eventually(lambda: len(sockets.connections) == 2)
    text = "x" * 1_000_000
    for number in range(40):  # 40 MB, of which 16 may wait
        live.do("set", "big", str(number), {"text": text})
        assert quick.event()["type"] == "create"
    eventually(lambda: len(sockets.connections) == 1)
    received = b""
    slow.settimeout(10)
    try:
        while data := slow.recv(1_000_000):
            received += data
    except OSError:
        received += b""  # cut off: it had its time
    slow.close()
    live.do("set", "big", "last", {})
    assert quick.event()["data"]["id"] == "last"


def test_a_slow_client_that_reads_in_the_end_sees_that_it_was_too_slow(live: Live) -> None:
    slow = handshake(live, receive_buffer=4096)
    slow.sendall(frame('{"type": "join", "data": {"streamName": "chat", "groupId": "burst"}}'))
    sockets = live.live.server.sockets
    eventually(lambda: live.members() == 1)

    async def burst() -> None:
        for _ in range(60):
            await live.live.engine.streams.send("chat", "burst", None, {"type": "t", "data": "x" * 500_000})

    live.live.run(burst())
    received = b""
    while data := slow.recv(1_000_000):
        received += data
    opcode, payload = list(frames(received))[-1]
    assert (opcode, struct.unpack("!H", payload[:2])[0]) == (8, 1013)
    slow.close()
    eventually(lambda: not sockets.connections)
