"""One client: what it follows, and the messages on their way to it, which are bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from motia.stream_protocol import Subscription
from motia_local.server.websocket.rooms import Rooms

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_MESSAGES = 10_000  # waiting for a client that reads slower than it is told ...
MOST_CHARACTERS = 16 * 1024 * 1024  # ... and their length together
CLOSE_S = 3.0  # what saying goodbye may take

TOO_SLOW = 1013  # RFC 6455, registry of close codes: try again later
RESTART = 1012


class Connection:
    """A client that has been let in. auth: what `authenticate` returned for it."""

    def __init__(self, send: Send, rooms: Rooms, auth: Any) -> None:
        self.auth = auth
        self.subscriptions: dict[str, Subscription] = {}
        self.closing = False
        self.drained = asyncio.Event()  # nothing waits
        self.drained.set()
        self._send = send
        self._rooms = rooms
        self._waiting: deque[tuple[str, int]] = deque()  # messages, and how much of the bound each takes
        self._pushed = 0
        self._more = asyncio.Event()
        self._writer = asyncio.get_running_loop().create_task(self._write())
        self._closer: asyncio.Task[None] | None = None

    def follow(self, subscription: Subscription) -> None:
        """Tell the client what is told in the room of this subscription; one of the same key ends."""
        self.leave(subscription.key)
        self.subscriptions[subscription.key] = subscription
        self._rooms.enter(subscription.room, self)

    def leave(self, key: str) -> None:
        """End a subscription; harmless when there is none."""
        subscription = self.subscriptions.pop(key, None)
        if subscription is not None:
            self._rooms.leave(subscription.room, self)

    def push(self, text: str) -> None:
        """Tell the client something that happened. A client that is too far behind is closed."""
        if self.closing:
            return
        if len(self._waiting) >= MOST_MESSAGES or self._pushed > MOST_CHARACTERS:
            self.close(TOO_SLOW, "the client reads too slowly")
            return
        self._pushed += len(text)
        self._put(text, len(text))

    def answer(self, text: str) -> None:
        """Tell the client what it has asked for, of whatever size: it asks for one thing at a time."""
        if not self.closing:
            self._put(text, 0)

    def close(self, code: int, reason: str) -> None:
        """Tell the client nothing more, and say goodbye."""
        if not self.closing:
            self.end()
            self._closer = asyncio.get_running_loop().create_task(self._close(code, reason))

    def end(self) -> None:
        """The client is gone, or is about to be."""
        self.closing = True
        for key in list(self.subscriptions):
            self.leave(key)
        self._waiting.clear()
        self.drained.set()
        self._writer.cancel()

    async def closed(self) -> None:
        """Return when nothing is left to do."""
        await asyncio.gather(self._writer, *([self._closer] if self._closer else []), return_exceptions=True)

    def _put(self, text: str, weight: int) -> None:
        self._waiting.append((text, weight))
        self.drained.clear()
        self._more.set()

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                text, weight = self._waiting.popleft()
                self._pushed -= weight
                try:
                    await self._send({"type": "websocket.send", "text": text})
                except Exception:  # the client is gone: its reader hears so too
                    self.end()
                    return
            self.drained.set()

    async def _close(self, code: int, reason: str) -> None:
        await asyncio.gather(self._writer, return_exceptions=True)
        with suppress(Exception):  # gone already
            async with asyncio.timeout(CLOSE_S):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
