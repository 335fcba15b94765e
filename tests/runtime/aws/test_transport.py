"""The HTTP client against servers that behave, and servers that do not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia.aws.response import MAX_HEAD, ResponseReader, TransportError
from motia.aws.transport import HttpPool

Serve = Callable[..., Any]


@pytest.fixture
def pool_to() -> Iterator[Callable[..., HttpPool]]:
    pools: list[HttpPool] = []

    def make(server: Any, **options: Any) -> HttpPool:
        pools.append(HttpPool("127.0.0.1", server.port, tls=False, **{"read_timeout_s": 5.0, **options}))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def get(pool: HttpPool, method: str = "GET", body: bytes = b"", *, idempotent: bool = True) -> Any:
    return pool.request(method, "/x?y=1", {"host": pool.host_header}, body, idempotent=idempotent)


def test_sends_what_it_was_given(serve: Serve, answer: Any, pool_to: Any) -> None:
    server = serve(answer(200, b"ok", ETag="7"))
    response = pool_to(server).request("PUT", "/a%20b?c=d", {"host": "h", "x-y": "z"}, b"body")
    sent = server.requests[0]
    assert (sent.method, sent.target, sent.body) == ("PUT", "/a%20b?c=d", b"body")
    assert sent.headers == {"host": "h", "x-y": "z", "content-length": "4"}
    assert (response.status, response.body, response.headers["etag"]) == (200, b"ok", "7")


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 5_000_000])
def test_bodies_of_any_size_travel_whole_in_both_directions(serve: Serve, answer: Any, pool_to: Any, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    server = serve(answer(200, body))
    pool = pool_to(server)
    assert [get(pool, "PUT", body).body == body for _ in range(2)] == [True, True]
    assert [request.body == body for request in server.requests] == [True, True]
    assert server.connections == 1


def test_reuses_a_connection(serve: Serve, answer: Any, pool_to: Any) -> None:
    server = serve(answer(200, b"1"), answer(404, b"22"), answer(500), answer(200, b"3"))
    pool = pool_to(server)
    assert [get(pool).body for _ in range(4)] == [b"1", b"22", b"", b"3"]
    assert server.connections == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive, CLOSE\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ids=["close", "close in a list", "1.0", "more than announced", "length and chunks"],
)
def test_does_not_reuse_a_connection_that_may_be_out_of_step(
    serve: Serve, reply: Any, pool_to: Any, raw: bytes
) -> None:
    server = serve(reply((raw,)))
    pool = pool_to(server)
    assert [get(pool).body for _ in range(2)] == [b"ok", b"ok"]
    assert server.connections == 2


def test_a_1_0_server_may_ask_to_keep_the_connection(serve: Serve, reply: Any, pool_to: Any) -> None:
    server = serve(reply((b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",)))
    pool = pool_to(server)
    assert [get(pool).body for _ in range(2)] == [b"ok", b"ok"]
    assert server.connections == 1


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_answers_have_no_body_whatever_they_announce(
    serve: Serve, reply: Any, answer: Any, pool_to: Any, method: str, status: int
) -> None:
    bodiless = reply((f"HTTP/1.1 {status} X\r\nContent-Length: 500\r\n\r\n".encode(),))
    server = serve(bodiless, answer(200, b"next"))
    pool = pool_to(server)
    first = get(pool, method)
    assert (first.status, first.body) == (status, b"")
    assert get(pool).body == b"next"
    assert server.connections == 1


def test_interim_answers_are_skipped(serve: Serve, reply: Any, pool_to: Any) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    raw = interim + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    server = serve(reply((raw,)))
    pool = pool_to(server)
    assert [get(pool).body for _ in range(2)] == [b"ok", b"ok"]
    assert server.connections == 1


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_chunks_with_extensions_and_trailers(serve: Serve, reply: Any, pool_to: Any) -> None:
    raw = CHUNKED + b"4;a=b\r\nWiki\r\n00B\r\npedia\r\n in.\r\n0\r\nX-Trailer: 1\r\n\r\n"
    server = serve(reply((raw,)))
    pool = pool_to(server)
    assert [get(pool).body for _ in range(2)] == [b"Wikipedia\r\n in."] * 2
    assert server.connections == 1


class Pieces:
    """A socket whose other side sends these pieces and then closes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]

    def recv(self, size: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def settimeout(self, seconds: float | None) -> None:
        return None


def read(pieces: list[bytes], method: str = "GET", max_body: int = 10_000) -> tuple[Any, bool]:
    reader = ResponseReader(Pieces(pieces), method, timeout_s=5, max_body=max_body)
    response = reader.read()
    return response, reader.reusable


@settings(deadline=None)
@given(
    chunks=st.lists(st.binary(min_size=1, max_size=300), max_size=8), cuts=st.lists(st.integers(0, 3000), max_size=30)
)
def test_an_answer_may_arrive_in_any_pieces(chunks: list[bytes], cuts: list[int]) -> None:
    body = b"".join(chunks)
    chunked = CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    sized = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 X\r\nA: 1\r\na: 2\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )
    for raw, status in ((chunked, 200), (sized, 201)):
        edges = sorted({0, *(min(cut, len(raw)) for cut in cuts), len(raw)})
        response, reusable = read([raw[start:end] for start, end in pairwise(edges)])
        assert (response.status, response.body, reusable) == (status, body, True)
    assert response.headers["a"] == "1, 2"


def test_without_a_length_the_body_ends_with_the_connection() -> None:
    response, reusable = read([b"HTTP/1.1 200 OK\r\n\r\nall", b" of", b" it"])
    assert (response.body, reusable) == (b"all of it", False)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"xyz\r\n",
        CHUNKED + b"-5\r\nab",
        CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"2" * 20_000,
        CHUNKED + b"0\r\n" + b"T: t\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (MAX_HEAD // 6 + 1) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * (2 * MAX_HEAD),
    ],
)
def test_nonsense_is_refused(raw: bytes) -> None:
    with pytest.raises(TransportError) as refused:
        read([raw])
    assert refused.value.kind == "protocol"


@settings(deadline=None, max_examples=300)
@given(
    pieces=st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from([CHUNKED, b"\r\n", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]))
    )
)
def test_random_bytes_give_an_answer_or_a_transport_error(pieces: list[bytes]) -> None:
    try:
        response, _ = read(pieces)
    except TransportError:
        return
    assert 200 <= response.status <= 999


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n",
        CHUNKED + b"4e20\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000,
    ],
)
def test_an_answer_over_the_bound_is_refused_early(raw: bytes) -> None:
    with pytest.raises(TransportError, match="exceeds 10000 bytes") as refused:
        read([raw])
    assert not refused.value.retryable


@pytest.mark.parametrize(
    "cut", [b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123", CHUNKED + b"5\r\nab"]
)
def test_a_connection_that_ends_early_says_whether_anything_came(cut: bytes) -> None:
    with pytest.raises(TransportError) as lost:
        read([cut])
    assert (lost.value.kind, lost.value.nothing_received) == ("closed", cut == b"")


def test_a_kept_connection_that_died_is_replaced_unnoticed(serve: Serve, answer: Any, reply: Any, pool_to: Any) -> None:
    closing = reply(answer(200, b"1").parts, "close")
    server = serve(closing, answer(200, b"2"))
    pool = pool_to(server)
    assert get(pool, idempotent=False).body == b"1"
    wait_until_readable(pool)
    assert get(pool, idempotent=False).body == b"2"
    assert len(server.requests) == 2


def wait_until_readable(pool: HttpPool) -> None:
    """The server's close has arrived at the kept connection."""
    deadline = time.monotonic() + 5
    while pool._idle[-1].alive():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_request_lost_on_a_kept_connection_is_repeated_only_if_that_is_harmless(
    serve: Serve, answer: Any, reply: Any, pool_to: Any, how: str
) -> None:
    harmless = serve(answer(200, b"1"), reply((), how), answer(200, b"2"))
    pool = pool_to(harmless)
    assert [get(pool).body, get(pool).body] == [b"1", b"2"]
    assert len(harmless.requests) == 3

    harmful = serve(answer(200, b"1"), reply((), how), answer(200, b"2"))
    pool = pool_to(harmful)
    get(pool)
    with pytest.raises(TransportError) as lost:
        get(pool, "POST", idempotent=False)
    assert lost.value.kind == "closed"
    assert len(harmful.requests) == 2


def test_a_fresh_connection_that_dies_is_not_tried_again(serve: Serve, reply: Any, pool_to: Any) -> None:
    server = serve(reply((), "close"))
    with pytest.raises(TransportError):
        get(pool_to(server))
    assert len(server.requests) == 1


def test_an_answer_cut_off_is_not_tried_again(serve: Serve, answer: Any, reply: Any, pool_to: Any) -> None:
    server = serve(answer(200), reply((b"HTTP/1.1 200 OK\r\nContent-Le",), "close"))
    pool = pool_to(server)
    get(pool)
    with pytest.raises(TransportError):
        get(pool)
    assert len(server.requests) == 2


def test_a_silent_server_times_out(serve: Serve, reply: Any, pool_to: Any) -> None:
    server = serve(reply((), "stall"))
    with pytest.raises(TransportError, match=r"within 0\.1 s") as late:
        get(pool_to(server, read_timeout_s=0.1))
    assert (late.value.kind, late.value.nothing_received) == ("timeout", True)


def test_a_server_that_stops_inside_the_body_times_out(serve: Serve, reply: Any, pool_to: Any) -> None:
    server = serve(reply((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",), "stall"))
    with pytest.raises(TransportError) as late:
        get(pool_to(server, read_timeout_s=0.1))
    assert (late.value.kind, late.value.nothing_received) == ("timeout", False)


def test_a_head_that_trickles_does_not_outlive_the_timeout() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def trickle() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stop.wait(0.02):
                try:
                    connection.sendall(b"X: y\r\n")
                except OSError:
                    return

    threading.Thread(target=trickle, daemon=True).start()
    pool = HttpPool("127.0.0.1", listener.getsockname()[1], tls=False, read_timeout_s=0.2)
    started = time.monotonic()
    with pytest.raises(TransportError) as late:
        get(pool)
    stop.set()
    listener.close()
    assert late.value.kind == "timeout"
    assert time.monotonic() - started < 3


def test_an_answer_before_the_whole_request_was_read_is_heard() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):  # so that no reset overtakes the answer
            pass
        connection.close()

    threading.Thread(target=refuse, daemon=True).start()
    pool = HttpPool("127.0.0.1", listener.getsockname()[1], tls=False)
    response = get(pool, "PUT", b"x" * 20_000_000)
    listener.close()
    assert (response.status, response.body) == (413, b"big")


def test_nobody_listening_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransportError, match=f"cannot connect to 127.0.0.1:{port}") as refused:
        get(HttpPool("127.0.0.1", port, tls=False))
    assert (refused.value.kind, refused.value.nothing_received) == ("connect", True)


def test_an_unknown_host_is_a_connect_error() -> None:
    with pytest.raises(TransportError) as refused:
        get(HttpPool("nowhere.invalid", 80, tls=False))
    assert refused.value.kind == "connect"


def test_threads_share_a_pool_without_mixing_answers(serve: Serve) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def echo(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                while stream.readline().strip():
                    pass
                target = line.split()[1]
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    pool = HttpPool("127.0.0.1", listener.getsockname()[1], tls=False)
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda n: pool.request("GET", f"/{n}", {"host": "h"}).body, range(2000)))
    pool.close()
    listener.close()
    assert bodies == [b"/%d" % n for n in range(2000)]


@pytest.mark.parametrize(
    ("target", "headers"),
    [("/a b", {}), ("/", {"x": "1\r\ny: 2"}), ("/", {"x\ny": "1"}), ("/\r\nx: y", {})],
)
def test_a_line_break_cannot_smuggle_a_header(target: str, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="line break"):
        HttpPool("127.0.0.1", 9, tls=False).request("GET", target, {"host": "h", **headers})


@pytest.mark.parametrize(
    ("host", "port", "tls", "header"),
    [("h", 80, False, "h"), ("h", 443, True, "h"), ("h", 443, False, "h:443"), ("::1", 8000, False, "[::1]:8000")],
)
def test_the_host_header_names_a_port_only_if_it_is_not_the_default(
    host: str, port: int, tls: bool, header: str
) -> None:
    assert HttpPool(host, port, tls=tls).host_header == header
