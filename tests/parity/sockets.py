"""Raw WebSockets of streams, in JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 20.0


class Socket:
    """One connection."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw

    def say(self, kind: str, stream: str, group: str, id: str | None = None, key: str | None = None) -> str:
        """Send a join or a leave; the id of the subscription."""
        key = key or str(uuid.uuid4())
        data = {"streamName": stream, "groupId": group, **({"id": id} if id else {}), "subscriptionId": key}
        self.raw.send(json.dumps({"type": kind, "data": data}))
        return key

    def join(self, stream: str, group: str, id: str | None = None, key: str | None = None) -> str:
        return self.say("join", stream, group, id, key)

    def leave(self, stream: str, group: str, id: str | None = None, key: str | None = None) -> None:
        self.say("leave", stream, group, id, key)

    def next(self) -> dict[str, Any]:
        """The next message. TimeoutError when none comes."""
        told: dict[str, Any] = json.loads(self.raw.recv(PATIENCE_S))
        return told

    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = self.next()["event"]
        return found

    def rest(self) -> list[dict[str, Any]]:
        """Everything told until now: a join that cannot be granted marks the end of it."""
        mark = f"mark-{uuid.uuid4()}"
        self.join(mark, "g")
        found = []
        while (told := self.next())["streamName"] != mark:
            found.append(told)
        return found


@contextmanager
def opened(url: str, target: str = "", **options: Any) -> Iterator[Socket]:
    """Connect to `url` + `target`. options: of `websockets`."""
    with connect(url + target, open_timeout=PATIENCE_S, max_size=None, **options) as raw:
        yield Socket(raw)
