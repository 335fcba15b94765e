"""Who is told what: connections by room."""

from __future__ import annotations

from typing import Any, Protocol

from motia.stream_protocol import encode, rooms_of


class Listener(Protocol):
    """Somebody who is told messages."""

    def push(self, text: str) -> None:
        """Take a message as it is sent. Must not block; may leave its rooms meanwhile."""


class Rooms:
    """Listeners by the names of their rooms (`motia.stream_protocol.room`)."""

    def __init__(self) -> None:
        self._members: dict[str, dict[Listener, int]] = {}

    def __len__(self) -> int:
        return len(self._members)

    def enter(self, name: str, listener: Listener) -> None:
        """Tell `listener` what is told in the room; it may enter several times, and leaves as often."""
        members = self._members.setdefault(name, {})
        members[listener] = members.get(listener, 0) + 1

    def leave(self, name: str, listener: Listener) -> None:
        """Take back one `enter`."""
        members = self._members[name]
        members[listener] -= 1
        if not members[listener]:
            del members[listener]
            if not members:
                del self._members[name]

    def deliver(self, message: dict[str, Any]) -> None:
        """Tell a message of the hub to everyone it is for, once."""
        if not self._members:
            return
        told: dict[Listener, int] = {}
        for name in rooms_of(message):
            told.update(self._members.get(name, {}))
        if told:
            text = encode(message)
            for listener in told:
                listener.push(text)
