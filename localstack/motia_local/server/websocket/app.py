"""The ASGI application for WebSockets: who is let in, what they join, what they are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

from motia.errors import MotiaError
from motia.request import join_headers
from motia.stream_protocol import (
    ACCESS_DENIED,
    MAX_SUBSCRIPTIONS,
    TOO_MANY,
    UNAVAILABLE,
    Join,
    Leave,
    Refusal,
    Subscription,
    encode,
    error,
    read,
    refused,
    sync,
)
from motia_local.engine.hub import Hub
from motia_local.engine.streams import Snapshot
from motia_local.server.guard import is_loopback, refuse
from motia_local.server.websocket.access import Access, AuthMissing, Refused
from motia_local.server.websocket.connection import RESTART, Connection, Send
from motia_local.server.websocket.rooms import Rooms
from motia_project.model import Stream

_log = logging.getLogger("motia.streams")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Source(Protocol):
    """Where a client's first state comes from."""

    async def snapshot(
        self, stream: str, group: str, id: str | None, ready: Callable[[Snapshot], None] | None = None
    ) -> Snapshot:
        """Call `ready` with the state between the changes it contains and those that are told after it."""


class StreamSockets:
    """Serves the streams of a project. host: the address the server listens on. allowed: who may listen."""

    def __init__(self, source: Source, hub: Hub, access: Access, host: str) -> None:
        self.rooms = Rooms()
        self.connections: set[Connection] = set()
        self._source = source
        self._hub = hub
        self._access = access
        self._host = host
        self._streams: dict[str, Stream] = {}
        self._guarded = False
        self._generation = 0
        self._arriving: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._unsubscribe = hub.subscribe(self.rooms.deliver)

    def take(self, streams: Iterable[Stream], *, guarded: bool) -> None:
        """Serve these streams from now on.

        guarded: the project has code that says who may listen. It may have changed, so those who are connected connect
        again, and are asked again.
        """
        self._streams = {stream.name: stream for stream in streams}
        if guarded or self._guarded:
            self._dismiss("the project has changed")
        for connection in self.connections:
            for subscription in list(connection.subscriptions.values()):
                if subscription.stream not in self._streams:
                    connection.leave(subscription.key)
                    self._refuse(connection, refused(subscription, ACCESS_DENIED, _missing(subscription)))
        self._guarded = guarded

    async def stop(self) -> None:
        """Say goodbye to everyone and let nobody in."""
        self._stopping = True
        self._unsubscribe()
        self._dismiss("the server is stopping")
        await asyncio.gather(*(connection.closed() for connection in list(self.connections)))

    def _dismiss(self, reason: str) -> None:
        self._generation += 1
        for task in self._arriving:
            task.cancel()
        for connection in list(self.connections):
            connection.close(RESTART, reason)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        answer = await self._admit(scope)
        if isinstance(answer, _NotAdmitted):
            await _refuse_upgrade(send, answer)
            return
        offered = scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": offered[0] if offered and offered[0] else None})
        connection = Connection(send, self.rooms, answer.auth)
        self.connections.add(connection)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if not connection.closing:
                    await self._answer(connection, message)
        finally:
            connection.end()
            await connection.closed()
            self.connections.discard(connection)

    async def _admit(self, scope: Scope) -> _Admitted | _NotAdmitted:
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        wrong = refuse(pairs, self._host) if is_loopback(self._host) else None
        if wrong:
            return _NotAdmitted(403, wrong)
        query = scope["query_string"].decode("latin-1")
        url = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        if self._stopping:
            return _NotAdmitted(503, "The server is stopping")
        generation = self._generation
        task = asyncio.ensure_future(self._access.authenticate(join_headers(pairs), url))
        self._arriving.add(task)
        try:
            auth = await task
            return _CHANGING if generation != self._generation else _Admitted(auth)
        except Refused:
            return _NotAdmitted(401, "Authentication failed")
        except AuthMissing:
            return _NotAdmitted(503, "The stream authentication of this project cannot be loaded")
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if this is not None and this.cancelling():
                raise
            return _CHANGING
        finally:
            self._arriving.discard(task)

    async def _answer(self, connection: Connection, message: MutableMapping[str, Any]) -> None:
        """Do what one frame asks for, when the client has been sent what it asked for before."""
        await connection.drained.wait()
        frame = message.get("text")
        request = read(message["bytes"] if frame is None else frame)
        if isinstance(request, Leave):
            connection.leave(request.subscription.key)
            return
        refusal = await self._join(connection, request.subscription) if isinstance(request, Join) else request
        if refusal is not None:
            self._refuse(connection, refusal)

    async def _join(self, connection: Connection, subscription: Subscription) -> Refusal | None:
        stream = self._streams.get(subscription.stream)
        if stream is None:
            return refused(subscription, ACCESS_DENIED, _missing(subscription))
        if subscription.key not in connection.subscriptions and len(connection.subscriptions) >= MAX_SUBSCRIPTIONS:
            return refused(subscription, TOO_MANY, f"A connection has at most {MAX_SUBSCRIPTIONS} subscriptions")
        if not await self._access.may_join(stream, subscription, connection.auth):
            return refused(subscription, ACCESS_DENIED, "Access denied")

        def ready(snapshot: Snapshot) -> None:
            if connection.closing:
                return
            connection.follow(subscription)
            if subscription.id is None or snapshot.data is not None:
                connection.answer(encode(sync(snapshot.timestamp, subscription, snapshot.data)))

        try:
            await self._source.snapshot(subscription.stream, subscription.group, subscription.id, ready)
        except MotiaError as wrong:
            _log.error("the stream %s cannot be read: %s", stream.name, wrong)
            return refused(subscription, UNAVAILABLE, "The stream is not available, try again")
        return None

    def _refuse(self, connection: Connection, refusal: Refusal) -> None:
        connection.answer(encode(error(self._hub.next_timestamp(), refusal)))


class _Admitted:
    def __init__(self, auth: Any) -> None:
        self.auth = auth


class _NotAdmitted:
    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text


_CHANGING = _NotAdmitted(503, "The server is changing, try again")


async def _refuse_upgrade(send: Send, answer: _NotAdmitted) -> None:
    body = answer.text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _missing(subscription: Subscription) -> str:
    return f"Stream {subscription.stream} not found"
