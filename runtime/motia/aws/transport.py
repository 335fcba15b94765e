"""HTTP/1.1 on plain sockets, with connections kept open.

A raw socket because http.client and the email package behind it cost a cold start about 15 ms, and every call three
times the CPU. One pool talks to one host; any number of threads may use it.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque

from motia.aws.response import Response, ResponseReader, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 10.0
MAX_BODY = 256 * 1024 * 1024
_MAX_IDLE = 16
# A frozen sandbox may wake up after its peers forgot its connections without having heard them say so.
_MAX_IDLE_S = 60.0
_ONE_WRITE = 64 * 1024
_PIECE = 256 * 1024

_tls_lock = threading.Lock()
_tls: SSLContext | None = None


def tls_context() -> SSLContext:
    """The process's TLS context, made on first use: reading the root certificates takes 30 ms.

    AWS_CA_BUNDLE names a file of root certificates to trust instead of the system's, as for the SDKs. Raises
    TransportError when that file is not one.
    """
    global _tls
    with _tls_lock:
        if _tls is None:
            import os
            import ssl

            bundle = os.environ.get("AWS_CA_BUNDLE") or None
            try:
                _tls = ssl.create_default_context(cafile=bundle)
            except OSError as error:
                what = f"the certificates to trust cannot be read from {bundle or 'the system'}: {error}"
                raise TransportError(what, kind="tls", nothing_received=True) from error
        return _tls


class Connection:
    """One open socket."""

    __slots__ = ("_poll", "sock", "used_at")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.used_at = time.time()
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def alive(self) -> bool:
        """Nothing waits to be read: an idle connection has only its end, or nonsense, to say."""
        return time.time() - self.used_at < _MAX_IDLE_S and not self._poll.poll(0)

    def send(self, head: bytes, body: bytes) -> None:
        if len(body) <= _ONE_WRITE:
            self.sock.sendall(head + body)
            return
        self.sock.sendall(head)
        view = memoryview(body)
        for start in range(0, len(body), _PIECE):  # the socket's timeout then bounds each piece, not the whole
            self.sock.sendall(view[start : start + _PIECE])

    def close(self) -> None:
        self.sock.close()


class HttpPool:
    """Connections to one host.

    host: name or address, an IPv6 address without brackets. connect_timeout_s bounds reaching the host;
    read_timeout_s the TLS handshake, each write, the wait for an answer's head, and each pause inside its body.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: bool,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        max_body: int = MAX_BODY,
    ) -> None:
        self.host = host
        self.port = port
        self.tls = tls
        bracketed = f"[{host}]" if ":" in host else host
        self.host_header = bracketed if port == (443 if tls else 80) else f"{bracketed}:{port}"
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._max_body = max_body
        self._idle: deque[Connection] = deque()

    def request(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b"", *, idempotent: bool = False
    ) -> Response:
        """Send one request and read its answer. Raises TransportError.

        target: path and query as they go on the wire. headers: with `host`; the length of the body is added.
        A kept connection that turns out to be dead is replaced at once if the request cannot have been carried out:
        it was not sent whole, or doing it twice does no harm (`idempotent`).
        """
        head = _head(method, target, headers, len(body))
        connection = self._take()
        if connection is not None:
            try:
                return self._exchange(connection, method, head, body)
            except TransportError as error:
                unsent = isinstance(error, _NotSentError)
                if error.kind != "closed" or not error.nothing_received or not (unsent or idempotent):
                    raise
        return self._exchange(self._connect(), method, head, body)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # another thread took the last one
                return

    def _take(self) -> Connection | None:
        while True:
            try:
                connection = self._idle.pop()  # the one used last is the likeliest to live
            except IndexError:
                return None
            if connection.alive():
                return connection
            connection.close()

    def _exchange(self, connection: Connection, method: str, head: bytes, body: bytes) -> Response:
        reader = ResponseReader(connection.sock, method, timeout_s=self._read_timeout_s, max_body=self._max_body)
        try:
            unsent = _send(connection, head, body)
            try:
                response = reader.read()
            except TransportError as error:
                if unsent and error.kind == "closed" and error.nothing_received:
                    raise _NotSentError(unsent) from error
                raise
        except BaseException:
            connection.close()
            raise
        if reader.reusable and not unsent and len(self._idle) < _MAX_IDLE:
            connection.used_at = time.time()
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def _connect(self) -> Connection:
        where = f"{self.host}:{self.port}"
        try:
            sock = socket.create_connection((self.host, self.port), timeout=self._connect_timeout_s)
        except OSError as error:
            reason = f"no answer within {self._connect_timeout_s:g} s" if isinstance(error, TimeoutError) else error
            raise TransportError(
                f"cannot connect to {where}: {reason}", kind="connect", nothing_received=True
            ) from error
        try:
            sock.settimeout(self._read_timeout_s)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Connection(self._encrypt(sock, where) if self.tls else sock)
        except BaseException:
            sock.close()
            raise

    def _encrypt(self, sock: socket.socket, where: str) -> socket.socket:
        import ssl

        try:
            return tls_context().wrap_socket(sock, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            what = f"the certificate of {where} is not trusted: {error.verify_message}"
            raise TransportError(what, kind="tls", nothing_received=True) from error
        except OSError as error:
            what = f"no TLS connection to {where}: {error}"
            raise TransportError(what, kind="connect", nothing_received=True) from error


class _NotSentError(TransportError):
    """The connection ended before the request was sent whole: nobody can have carried it out."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the connection ended while the request was sent ({reason})", kind="closed", nothing_received=True
        )


def _send(connection: Connection, head: bytes, body: bytes) -> str:
    """Empty, or why not everything was sent. A server may answer and close before it has read all: go on reading."""
    try:
        connection.send(head, body)
    except TimeoutError as error:
        raise TransportError("the request could not be sent in time", kind="timeout", nothing_received=True) from error
    except OSError as error:
        return str(error) or type(error).__name__
    return ""


def _head(method: str, target: str, headers: dict[str, str], length: int) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    text = f"{method} {target} HTTP/1.1\r\n{lines}content-length: {length}\r\n\r\n"
    if text.count("\n") != len(headers) + 3 or text.count("\r") != len(headers) + 3 or " " in target:
        raise ValueError("a request line or header with a line break or space in it")
    return text.encode("latin-1")
