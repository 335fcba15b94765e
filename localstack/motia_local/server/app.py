"""The ASGI application: Step routes answered straight from the scope, everything else mounted beside them.

`POST /emit` is ours. `mounts` are applications for what lies under a prefix, `websocket` the one for WebSockets at any
path; both are made when they are first asked for, so that they cost no start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from motia.http import HttpRequest, HttpResponse
from motia.ids import new_trace_id
from motia.response import NOT_FOUND, json_response, preflight
from motia_local.server.body import MAX_BYTES, BodyTooLarge, BodyTooSlow, ClientGone, Receive, read_body
from motia_local.server.routes import Routes
from motia_project.model import Step

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Run = Callable[[Step, str, HttpRequest], Awaitable[HttpResponse]]  # step, trace id, request

_TOO_LARGE = json_response(413, {"message": "Request Entity Too Large"})  # as an HTTP API says it
_TOO_SLOW = json_response(408, {"message": "Request Timeout"})
_TOO_SLOW = replace(_TOO_SLOW, headers=(*_TOO_SLOW.headers, ("connection", "close")))
ENDING = json_response(503, {"message": "Service Unavailable"})


class StepApp:
    """Answers requests with Steps.

    run: runs an API Step; never raises. emit: answers `POST /emit`. mounts: path prefix -> maker of an application.
    pages: path -> answer to GET where no Step answers.
    """

    def __init__(self, run: Run, emit: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.routes = Routes()
        self.max_body_bytes = MAX_BYTES
        self.mounts: dict[str, Callable[[], App]] = {}
        self.pages: dict[str, Callable[[], HttpResponse]] = {}
        self.websocket: Callable[[], App] | None = None
        self._run = run
        self._emit = emit
        self._made: dict[str, App] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        path = scope["raw_path"].decode("ascii")
        for prefix in self.mounts:
            if path == prefix or path.startswith(f"{prefix}/"):
                await self._mounted(prefix, self.mounts[prefix])(scope, receive, send)
                return
        try:
            response = await self._answer(scope, path, receive)
        except ClientGone:
            return
        except asyncio.CancelledError:  # the server ends, and has waited for this request as long as it does
            response = ENDING
        await _send(send, response)

    async def _answer(self, scope: Scope, path: str, receive: Receive) -> HttpResponse:
        method = scope["method"]
        emit = method == "POST" and path == "/emit"
        found = None if emit else self.routes.find(method, path)
        if found is None and not emit:
            if path in self.pages and method in ("GET", "HEAD"):
                return self.pages[path]()
            return preflight() if method == "OPTIONS" else NOT_FOUND
        sent = dict(scope["headers"])
        declared = None if b"transfer-encoding" in sent else int(sent.get(b"content-length", 0))
        body = b""
        if declared != 0:
            try:
                body = await read_body(receive, declared, self.max_body_bytes)
            except BodyTooLarge:
                return _TOO_LARGE
            except BodyTooSlow:
                return _TOO_SLOW
        query = scope["query_string"].decode("latin-1")
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        request = HttpRequest(method, path, query, headers, body, found[1] if found else {})
        if found is None:
            return await self._emit(request)
        return await self._run(found[0], new_trace_id(), request)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if self.websocket is None:
                await receive()
                await send({"type": "websocket.close", "code": 1000})
            else:
                await self._mounted("websocket", self.websocket)(scope, receive, send)

    def _mounted(self, key: str, make: Callable[[], App]) -> App:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


async def _send(send: Send, response: HttpResponse) -> None:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status not in (204, 304) and all(name != "content-length" for name, _ in response.headers):
        pairs.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": response.body})
