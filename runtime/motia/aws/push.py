"""What happens to streams, told to the clients who listen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from motia import stream_protocol as protocol
from motia.aws.client import encode_json
from motia.aws.rooms import Key, Rooms, distinct
from motia.aws.sockets import MAX_BYTES, Sockets
from motia.aws.threads import Threads
from motia.backend import LogSink, NoTrace
from motia.errors import MotiaError
from motia.logger import Logger

TOO_LARGE = "STREAM_MESSAGE_TOO_LARGE"


class WebSocketPusher:
    """A Pusher of the clients of a WebSocket API.

    A message that is too large for API Gateway is replaced by an event of the type `error`. What cannot be told is a
    warning in the log: the clients will have it with their next `sync`.
    """

    def __init__(self, rooms: Rooms, sockets: Sockets, threads: Threads, logs: LogSink) -> None:
        self.rooms = rooms
        self._sockets = sockets
        self._threads = threads
        self.times = protocol.Timestamps()
        self._logger = Logger("streams", "", [], logs, NoTrace())

    async def push(
        self, stream: str, group: str, id: str | None, event: dict[str, Any], timestamp: int | None = None
    ) -> None:
        if timestamp is None:
            timestamp = self.times.next()
        told = protocol.message(timestamp, stream, group, id, event)
        where = {"stream": stream, "group": group, **({"id": id} if id is not None else {})}
        try:
            rooms = [(room,) for room in protocol.rooms_of(told)]
            members = await self._threads.each(self.rooms.members, rooms)
        except MotiaError as error:
            self._logger.warn("Subscribers were not told", {"error": error, **where})
            return
        clients = distinct(member for some in members for member in some)
        if clients:
            message = self._written(told, where)
            failures = await asyncio.gather(*[self._tell(client, keys, message) for client, keys in clients.items()])
            if failed := [error for error in failures if error]:
                counts = {"failed": len(failed), "subscribers": len(clients)}
                self._logger.warn("Some subscribers were not told", {"error": failed[0], **where, **counts})

    async def post(self, client: str, told: dict[str, Any]) -> bool:
        """Tell one client something; False when it is gone. Raises AwsError."""
        where = {key: told[name] for key, name in _PLACES.items() if name in told}
        return await self._threads.run(self._sockets.post, client, self._written(told, where))

    async def forget(self, client: str, keys: Iterable[Key] = ()) -> None:
        """Remove all there is of a client that is gone. keys: what is known of it. Raises AwsError."""
        known = await self._threads.run(self.rooms.belongings, client)
        unique = {(key["room"], key["connection"]): key for key in (*keys, *known)}
        await self._threads.each(self.rooms.remove, [(key,) for key in unique.values()])

    async def _tell(self, client: str, keys: list[Key], message: bytes) -> MotiaError | None:
        try:
            if not await self._threads.run(self._sockets.post, client, message):
                await self.forget(client, keys)
        except MotiaError as error:
            return error
        return None

    def _written(self, told: dict[str, Any], where: dict[str, Any]) -> bytes:
        message = encode_json(told)
        if len(message) <= MAX_BYTES:
            return message
        what = f"the message has {len(message)} bytes, API Gateway sends {MAX_BYTES}"
        self._logger.warn("A message is too large for its subscribers", {"bytes": len(message), **where})
        refusal = protocol.Refusal(TOO_LARGE, what, told["streamName"], told["groupId"], told.get("id"))
        return encode_json(protocol.error(told["timestamp"], refusal))


_PLACES = {"stream": "streamName", "group": "groupId", "id": "id"}
