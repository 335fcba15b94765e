"""The way into `/__motia/`: who may enter, how much they may bring, and the application behind it when it is needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from motia.response import json_response
from motia_local.server.body import BodyTooLarge, BodyTooSlow, ClientGone, Receive, read_body

if TYPE_CHECKING:
    from motia_local.server.app import App, Scope, Send
    from motia_local.server.local import LocalServer

_OWN_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)


class AdminDoor:
    """The ASGI application of `/__motia/`. Importing FastAPI takes as long as some hundred requests to Steps, so it
    happens at the first request, in a thread beside the loop."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._making: asyncio.Future[App] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        refusal = self._server.guard.admin(scope["method"], headers)
        if refusal is not None:
            await _refuse(send, refusal.status, refusal.error)
            return
        try:
            body = await read_body(receive, _declared(headers), self._server.app.max_body_bytes)
        except BodyTooLarge:
            await _refuse(send, 413, f"the body has more than {self._server.app.max_body_bytes} bytes")
            return
        except BodyTooSlow:
            await _refuse(send, 408, "the body did not come to its end")
            return
        except ClientGone:
            return
        if self._making is None or (self._making.done() and self._making.exception() is not None):
            self._making = asyncio.ensure_future(asyncio.to_thread(_make, self._server))
        app = await asyncio.shield(self._making)
        # Paths are matched as sent: an encoded slash is part of a name, not of the path.
        inner = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await app(inner, _Replay(body, receive), _Sender(send))


class _Replay:
    """Gives a body that has been read once more, then what the connection says."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Any:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Sender:
    """Adds our own headers to an answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_OWN_HEADERS]}
        await self._send(message)


def _make(server: LocalServer) -> App:
    from motia_local.server.admin.app import make_app

    return make_app(server)


def _declared(headers: list[tuple[str, str]]) -> int | None:
    """The length of the body, None when it comes in chunks."""
    if any(name == "transfer-encoding" for name, _ in headers):
        return None
    return next((int(value) for name, value in headers if name == "content-length"), 0)


async def _refuse(send: Send, status: int, error: str) -> None:
    """An answer without CORS headers: no page elsewhere may read it."""
    body = json_response(status, {"error": error}).body
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *_OWN_HEADERS]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
