"""Reading one HTTP/1.1 response from a socket: where it ends, and whether the connection survives it (RFC 9112)."""

from __future__ import annotations

import time

from motia.errors import CloudError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Readable(Protocol):
        """The part of a socket that reading takes."""

        def recv(self, size: int, /) -> bytes: ...
        def settimeout(self, seconds: float | None, /) -> None: ...


MAX_HEAD = 64 * 1024
_CHUNK = 64 * 1024
_LINE = 8 * 1024


class TransportError(CloudError):
    """There is no complete answer.

    kind: connect, timeout, closed, protocol, too-large, or tls. retryable: trying again may help.
    nothing_received: not one byte of an answer came.
    """

    def __init__(self, what: str, *, kind: str, nothing_received: bool = False) -> None:
        super().__init__(what)
        self.kind = kind
        self.retryable = kind not in ("too-large", "tls")
        self.nothing_received = nothing_received


class Response:
    """status; headers by lower-case name, repeated ones joined by a comma; body without its transfer coding."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class ResponseReader:
    """Reads the answer to one request.

    timeout_s: for the head as a whole, and for each pause inside the body. `reusable` tells, after `read`, whether the
    connection can carry another request.
    """

    def __init__(self, sock: Readable, method: str, *, timeout_s: float, max_body: int) -> None:
        self._sock = sock
        self._method = method
        self._timeout_s = timeout_s
        self._max_body = max_body
        self._data = b""
        self._received = False
        self.reusable = False

    def read(self) -> Response:
        """The final response; interim ones (1xx) are skipped. Raises TransportError."""
        started = time.monotonic()
        while True:
            version, status, headers = _parse_head(self._head(started))
            if status >= 200:
                break
            if status == 101:
                raise TransportError("the server switched protocols unasked", kind="protocol")
        connection = headers.get("connection", "").lower()
        keep = "close" not in connection and (version != "HTTP/1.0" or "keep-alive" in connection)
        body, framed = self._body(status, headers)
        self.reusable = keep and framed and not self._data
        return Response(status, headers, body)

    def _head(self, started: float) -> bytes:
        """Everything up to the empty line; what follows stays in the buffer."""
        narrowed = False
        while True:
            end = self._data.find(b"\r\n\r\n")
            if 0 <= end <= MAX_HEAD:
                head, self._data = self._data[:end], self._data[end + 4 :]
                break
            if end > MAX_HEAD or len(self._data) > MAX_HEAD:
                raise TransportError(f"the head of the answer exceeds {MAX_HEAD} bytes", kind="protocol")
            if self._received:  # a second packet: hold the head as a whole to the deadline
                left = self._timeout_s - (time.monotonic() - started)
                if left <= 0:
                    raise self._timed_out()
                self._sock.settimeout(left)
                narrowed = True
            self._more()
        if narrowed:
            self._sock.settimeout(self._timeout_s)
        return head

    def _more(self) -> None:
        try:
            data = self._sock.recv(_CHUNK)
        except TimeoutError as error:
            raise self._timed_out() from error
        except OSError as error:
            raise self._closed(str(error)) from error
        if not data:
            raise self._closed("closed by the other side")
        self._received = True
        self._data = self._data + data if self._data else data

    def _timed_out(self) -> TransportError:
        return TransportError(
            f"no complete answer within {self._timeout_s:g} s", kind="timeout", nothing_received=not self._received
        )

    def _closed(self, reason: str) -> TransportError:
        return TransportError(
            f"the connection ended before the answer did ({reason})",
            kind="closed",
            nothing_received=not self._received,
        )

    def _body(self, status: int, headers: dict[str, str]) -> tuple[bytes, bool]:
        """The body, and whether its end was marked (and not by the end of the connection)."""
        if self._method == "HEAD" or status in (204, 304):
            return b"", True
        coding = headers.get("transfer-encoding")
        if coding is not None:
            if coding.strip().lower() != "chunked":
                raise TransportError(f"unknown transfer coding {coding!r}", kind="protocol")
            # A length beside the coding is a sign of a confused or hostile intermediary: use this connection no more.
            return self._chunked(), "content-length" not in headers
        length = headers.get("content-length")
        if length is not None:
            return self._exactly(_length(length)), True
        return self._until_close(), False

    def _exactly(self, length: int) -> bytes:
        if length > self._max_body:
            raise self._too_large()
        data = self._data
        if len(data) >= length:
            self._data = data[length:]
            return data[:length]
        parts, have = [data], len(data)
        while have < length:
            self._data = b""
            self._more()
            parts.append(self._data)
            have += len(self._data)
        whole = b"".join(parts)
        self._data = whole[length:]
        return whole[:length]

    def _until_close(self) -> bytes:
        parts, have = [self._data], len(self._data)
        while True:
            if have > self._max_body:
                raise self._too_large()
            self._data = b""
            try:
                self._more()
            except TransportError as error:
                if error.kind == "closed" and error.__cause__ is None:  # an orderly end, not a reset
                    return b"".join(parts)
                raise
            parts.append(self._data)
            have += len(self._data)

    def _chunked(self) -> bytes:
        parts: list[bytes] = []
        have = 0
        while size := _chunk_size(self._line()):
            have += size
            if have > self._max_body:
                raise self._too_large()
            parts.append(self._exactly(size))
            if self._line():
                raise TransportError("a chunk is longer than it says", kind="protocol")
        trailers = 0
        while line := self._line():
            trailers += len(line)
            if trailers > MAX_HEAD:
                raise TransportError(f"the trailers of the answer exceed {MAX_HEAD} bytes", kind="protocol")
        return b"".join(parts)

    def _line(self) -> bytes:
        while (end := self._data.find(b"\r\n")) < 0:
            if len(self._data) > _LINE:
                raise TransportError("a line of a chunked answer has no end", kind="protocol")
            self._more()
        line, self._data = self._data[:end], self._data[end + 2 :]
        return line

    def _too_large(self) -> TransportError:
        return TransportError(f"the answer exceeds {self._max_body} bytes", kind="too-large")


def _parse_head(head: bytes) -> tuple[str, int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    code = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or len(code) != 3 or not (code.isascii() and code.isdigit()):
        raise TransportError(f"not an HTTP answer: {first[:80]!r}", kind="protocol")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name[-1] in " \t" or name[0] in " \t":
            raise TransportError(f"not an HTTP header: {line[:80]!r}", kind="protocol")
        name = name.lower()
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return version, int(code), headers


def _length(text: str) -> int:
    """Content-Length; a repeated one must say the same each time (RFC 9112 section 6.3)."""
    values = {value.strip() for value in text.split(",")}
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise TransportError(f"not a content length: {text[:80]!r}", kind="protocol")
    return int(value)


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) > 15 or digits.strip(b"0123456789abcdefABCDEF"):
        raise TransportError(f"not a chunk size: {line[:40]!r}", kind="protocol")
    return int(digits, 16)
