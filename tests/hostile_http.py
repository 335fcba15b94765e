"""Requests that no client in its right mind sends."""

from __future__ import annotations

import random
import socket

PATHS = [
    *(b"/echo", b"/echo/%2e%2e", b"/../../etc/passwd", b"/echo/%00", b"/%ff%fe", b"/echo/%zz", b"*", b"//"),
    *(b"/echo?" + b"a[b]" * 300 + b"=1", b"http://x/echo", b"/emit", b"/" + b"a" * 5000, b"/echo#x", b"/echo/\xc3\xa9"),
]
METHODS = [b"GET", b"POST", b"PUT", b"OPTIONS", b"HEAD", b"FOO", b"CONNECT", b"TRACE", b"get"]
BODIES = [b"", b"{", b'{"a":NaN}', b"\xff\xfe\x00", b"[" * 100_000, b"a=1&a=2&a[b][c]=3", b'"x"', b'{"topic":"x"}']
TYPES = [b"application/json", b"text/plain; charset=bogus", b"application/x-www-form-urlencoded", b"\xff", b""]
ENCODINGS = [b"", b"gzip", b"deflate", b"br", b"gzip, gzip"]


def request(chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return chance.randbytes(chance.randint(1, 2000))
    body = chance.choice(BODIES)
    headers = [b"host: localhost", b"connection: close", b"content-type: " + chance.choice(TYPES)]
    headers.append(b"content-encoding: " + chance.choice(ENCODINGS))
    if chance.random() < 0.2:
        headers.append(b"transfer-encoding: chunked")
        body = b"5\r\nhello\r\n" + chance.choice([b"0\r\n\r\n", b"zz\r\n", b""])
    else:
        length = str(len(body)) if chance.random() < 0.9 else chance.choice(["-1", "999999999999", "x", "3"])
        headers.append(b"content-length: " + length.encode())
    if chance.random() < 0.1:
        headers.append(b"x-long: " + b"v" * chance.choice([10, 70_000, 300_000]))
    if chance.random() < 0.1:
        headers.append(b"upgrade: h2c\r\nexpect: 100-continue")
    line = chance.choice(METHODS) + b" " + chance.choice(PATHS) + b" HTTP/1.1\r\n"
    return line + b"\r\n".join(headers) + b"\r\n\r\n" + body


def status(port: int, data: bytes, *, half_close: bool = True) -> str:
    """Of the first answer; the reason, when there is none. half_close: tell that nothing more will come."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            else:
                connection.settimeout(0.3)  # an incomplete request is waited for longer
            while chunk := connection.recv(65536):
                received += chunk
    except OSError as refused:
        if not received:
            return type(refused).__name__
    return received.split(b" ")[1][:3].decode() if received else "closed"
