"""What a worker answers by itself, and what it leaves to the server."""

import json
import resource
import socket
from pathlib import Path

import pytest

from start_bodies import ECHO, LARGE, WHO, says
from waiting import eventually


@pytest.fixture
def echo(site):
    site.api("echo", ECHO, "POST", "/echo/:name")
    site.api("hello", WHO)
    site.api("emitter", says("a Step of its own"), "POST", "/emit/:topic")
    site.start()
    return site


def post(client, path, body, *headers):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    client.send("\r\n".join([*lines, "", ""]).encode() + body)


def test_connections_are_spread_over_the_workers(echo):
    clients = [echo.client() for _ in range(8)]
    pids = [json.loads(client.get("/hello").body)["pid"] for client in clients]
    assert sorted(pids) == sorted(echo.pids() * 4)


def test_a_connection_stays_with_its_worker_from_request_to_request(echo):
    client = echo.client()
    assert len({client.get("/hello").body for _ in range(20)}) == 1
    eventually(lambda: echo.served_by_workers() == 1)


def test_requests_sent_at_once_are_answered_in_order(echo):
    client = echo.client()
    for number in range(50):
        post(client, f"/echo/{number}", b"%d" % number, "Content-Type: application/json")
    assert [json.loads(client.read().body)["body"] for _ in range(50)] == list(range(50))


def test_requests_arriving_byte_by_byte_are_understood(echo):
    client = echo.client()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    text = (
        "POST /echo/a%20b?x=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc"
    )
    for character in text:
        client.send(character)
    answer = json.loads(client.read().body)
    assert (answer["body"], answer["query"], answer["path"]) == ("abc", {"x": "1"}, {"name": "a b"})
    eventually(lambda: echo.served_by_workers() == 1)


def test_what_no_step_answers_is_answered_by_the_worker_too(echo):
    client = echo.client()
    assert client.get("/nothing").status == 404
    client.send("OPTIONS /echo/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert client.read().status == 204
    eventually(lambda: echo.served_by_workers() == 1)


def test_head_has_no_body_and_the_length_of_it(echo):
    client = echo.client()
    client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
    line = client.file.readline()
    assert b"200" in line
    headers = []
    while (line := client.file.readline().strip()) != b"":
        headers.append(line.lower())
    assert any(header.startswith(b"content-length: ") and header != b"content-length: 0" for header in headers)
    assert client.read().status == 404


def test_a_connection_closes_when_the_client_asks_for_it(echo):
    client = echo.client()
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert client.read().headers["connection"] == "close"
    assert client.ended()
    eventually(lambda: echo.served_by_workers() == 0)


def test_a_client_that_leaves_is_forgotten(echo):
    clients = [echo.client() for _ in range(10)]
    for client in clients:
        client.get("/hello")
    eventually(lambda: echo.served_by_workers() == 10)
    for client in clients:
        client.close()
    eventually(lambda: echo.served_by_workers() == 0)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /echo/x HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"POST /echo/x HTTP/1.1\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        b"POST /echo/x HTTP/1.0\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=["chunked", "expect", "1.0"],
)
def test_what_is_not_plain_is_served_by_the_server_with_the_same_answer(echo, request_bytes):
    client = echo.client()
    client.send(request_bytes)
    answer = client.read()
    if answer.status == 100:
        answer = client.read()
    assert answer.status == 200
    assert json.loads(answer.body)["path"] == {"name": "x"}
    assert echo.served_by_workers() == 0
    eventually(lambda: len(echo.server._shared.server_state.connections) <= 1)


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), marks=pytest.mark.slow),
        b"GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"GET /hello HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /hel lo HTTP/1.1\r\n\r\n",
        b"BREW /hello HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_and_harms_nobody(echo, request_bytes):
    client = echo.client()
    client.send(request_bytes)
    assert client.read().status in (400, 404)
    assert echo.get("/hello").status == 200


def test_headers_without_end_are_refused(echo):
    client = echo.client()
    client.send(b"GET /hello HTTP/1.1\r\n" + b"x-filler: " + b"a" * 70_000)
    assert client.read().status == 431


def test_a_body_over_the_limit_is_refused_and_one_of_two_megabytes_is_not(echo):
    client = echo.client()
    post(client, "/echo/x", b"a" * 2_000_000, "Content-Type: text/plain")
    assert len(json.loads(client.read().body)["body"]) == 2_000_000
    client = echo.client()
    client.send("POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7000000\r\n\r\n")
    assert client.read().status == 413


def test_the_servers_own_pages_are_served_beside_steps_below_their_names(echo):
    assert echo.get("/openapi.json").status == 200
    assert echo.get("/__motia/").status == 200
    client = echo.client()
    post(client, "/emit", json.dumps({"topic": "nobody", "data": 1}).encode())
    assert client.read().status == 200
    post(client, "/emit/topic", b"")
    assert client.read().body == b"a Step of its own"


def test_an_answer_larger_than_the_clients_patience_is_sent_whole(site):
    site.api("large", LARGE)
    site.start(1)
    client = site.client()
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert [len(client.read().body) for _ in range(2)] == [20_000_000] * 2


def test_a_websocket_is_served_by_the_server(echo):
    client = echo.client()
    client.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert client.read().status == 101


@pytest.mark.slow
def test_a_request_that_does_not_come_to_its_end_is_refused(echo):
    client = echo.client()
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n")
    client.sock.settimeout(40)
    assert client.read().status == 408


def test_a_worker_without_a_descriptor_for_one_more_connection_leaves_it_to_the_server(site):
    site.api("hello", says("hello"))
    site.start(1)
    [pid] = site.pids()
    first = site.client()
    assert first.get("/hello").status == 200
    used = {int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    limit = max(used) + 20
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
    clients = [site.client() for _ in range(limit - len(used) + 10)]
    assert [client.get("/hello").body for client in clients] == [b"hello"] * len(clients)
    assert site.served_by_workers() < len(clients)
    for client in clients:
        client.close()
    eventually(lambda: site.served_by_workers() == 1)
    again = [site.client() for _ in range(2)]
    assert [client.get("/hello").body for client in (first, *again)] == [b"hello"] * 3
    assert site.pids() == [pid]
