"""Reading a request's body: bounded in bytes and in patience."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_BYTES = 6 * 1024 * 1024  # AWS Lambda quotas: invocation payload, request, synchronous
IDLE_S = 10.0  # without a byte


class BodyTooLarge(Exception):
    """The body is over the limit."""


class BodyTooSlow(Exception):
    """The client stopped sending."""


class ClientGone(Exception):
    """The client closed the connection."""


async def read_body(receive: Receive, declared: int | None, limit: int) -> bytes:
    """The whole body. declared: its Content-Length, None when it comes in chunks. limit: bytes."""
    if declared is not None and declared > limit:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
