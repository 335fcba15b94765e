"""The wire of live streams: what clients send, what they are told, and which of them are told it.

A client sends {"type": "join" | "leave", "data": {"streamName", "groupId", "id"?, "subscriptionId"}}. Every message to
it is {"timestamp", "streamName", "groupId", "id"?, "event"}, where `event` is one of

    {"type": "sync", "data": item | [item]}                     what is there when a client has joined
    {"type": "create" | "update" | "delete", "data": item}
    {"type": "event", "event": {"type", "data"}}                an event that a Step has sent, or an error

request = read(frame)                                           # Join, Leave or Refusal
text = encode(sync(timestamps.next(), request.subscription, items))

Rules of delivery: a message goes to the room of its group and, with an `id`, to the room of that item. A connection
that is in both gets it once, because the clients hand it to both of their subscriptions. They drop a message that is
not newer than the last, so the timestamps of a connection rise strictly.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from motia.errors import StreamError
from motia.kinds import kind_of
from motia.limits import GROUP_BYTES, KEY_BYTES, check_name

MAX_FRAME_BYTES = 128 * 1024  # "Amazon API Gateway quotas": payload of a WebSocket message
MAX_SUBSCRIPTIONS = 1_000  # of one connection

ACCESS_DENIED = "STREAM_ACCESS_DENIED"
INVALID_FRAME = "STREAM_INVALID_MESSAGE"
TOO_MANY = "STREAM_TOO_MANY_SUBSCRIPTIONS"
UNAVAILABLE = "STREAM_UNAVAILABLE"

_SHOWN = 60  # characters of a client's own text in an answer to it


@dataclass(frozen=True)
class Subscription:
    """What a client follows: a group of a stream, or with `id` one item of it. key: the client's own id for it."""

    stream: str
    group: str
    id: str | None
    key: str

    @property
    def room(self) -> str:
        """Where the messages for it are told."""
        return room(self.stream, self.group, self.id)

    def for_access(self) -> dict[str, Any]:
        """What a `canAccess` function is asked about."""
        return {"groupId": self.group} if self.id is None else {"groupId": self.group, "id": self.id}


@dataclass(frozen=True)
class Join:
    """The client wants to be told of something."""

    subscription: Subscription


@dataclass(frozen=True)
class Leave:
    """The client wants to be told no more."""

    subscription: Subscription


@dataclass(frozen=True)
class Refusal:
    """Why the client does not get what it asked for. stream, group, id: what it asked about, as far as is known."""

    code: str
    message: str
    stream: str = ""
    group: str = ""
    id: str | None = None


def read(frame: str | bytes) -> Join | Leave | Refusal:
    """What a client says in one frame; a Refusal when it cannot be understood. Never raises."""
    try:
        return _request(_object(frame))
    except StreamError as wrong:
        return Refusal(INVALID_FRAME, str(wrong))


def refused(subscription: Subscription, code: str, message: str) -> Refusal:
    """The answer to a join that is not granted."""
    return Refusal(code, message, subscription.stream, subscription.group, subscription.id)


def message(timestamp: int, stream: str, group: str, id: str | None, event: dict[str, Any]) -> dict[str, Any]:
    """A message to clients. timestamp: milliseconds since the epoch."""
    told: dict[str, Any] = {"timestamp": timestamp, "streamName": stream, "groupId": group}
    if id is not None:
        told["id"] = id
    told["event"] = event
    return told


def sync(timestamp: int, subscription: Subscription, data: Any) -> dict[str, Any]:
    """What a client is told first: the items of its group, or its item."""
    event = {"type": "sync", "data": data}
    return message(timestamp, subscription.stream, subscription.group, subscription.id, event)


def error(timestamp: int, refusal: Refusal) -> dict[str, Any]:
    """A Refusal as a message; the clients give it to listeners of events of the type `error`."""
    told = {"type": "error", "data": {"code": refusal.code, "message": refusal.message}}
    return message(timestamp, refusal.stream, refusal.group, refusal.id, {"type": "event", "event": told})


def encode(told: dict[str, Any]) -> str:
    """A message as it is sent."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def room(stream: str, group: str, id: str | None = None) -> str:
    """The name of a room: of a group, or of one item of it. No two share a name, whatever characters are in them."""
    return json.dumps([stream, group] if id is None else [stream, group, id], ensure_ascii=False, separators=(",", ":"))


def rooms_of(told: dict[str, Any]) -> tuple[str, ...]:
    """The rooms whose members a message is for."""
    group = room(told["streamName"], told["groupId"])
    return (group, room(told["streamName"], told["groupId"], told["id"])) if "id" in told else (group,)


class Timestamps:
    """Milliseconds since the epoch, each greater than the one before, whatever the clock does. now: in seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._last = 0

    def next(self) -> int:
        self._last = max(int(self._now() * 1000), self._last + 1)
        return self._last


def _object(frame: str | bytes) -> dict[str, Any]:
    try:
        said = json.loads(frame)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise StreamError("the message is not JSON") from None
    if not isinstance(said, dict):
        raise StreamError(f"the message is {kind_of(said)}", allowed='{"type": ..., "data": ...}')
    return said


def _request(said: dict[str, Any]) -> Join | Leave:
    kind, data = said.get("type"), said.get("data")
    if kind not in ("join", "leave"):
        raise StreamError(f"the type is {_short(kind)}", allowed='"join", "leave"')
    if not isinstance(data, dict):
        raise StreamError(f"the data is {kind_of(data)}", allowed='{"streamName", "groupId", "id"?, "subscriptionId"}')
    stream = _name(data, "streamName", kind, KEY_BYTES)
    group = _name(data, "groupId", kind, GROUP_BYTES - len(stream.encode()) - 1)  # as in `context.streams`
    id = None if data.get("id") is None else _name(data, "id", kind, KEY_BYTES)
    if data.get("subscriptionId") is None:  # one without a name of its own is the only one there
        key = room(stream, group, id)
    else:
        key = _name(data, "subscriptionId", kind, KEY_BYTES)
    subscription = Subscription(stream, group, id, key)
    return Join(subscription) if kind == "join" else Leave(subscription)


def _name(data: dict[str, Any], what: str, where: str, limit: int) -> str:
    value = data.get(what)
    check_name(value, what, where, StreamError, limit)
    return str(value)


def _short(value: object) -> str:
    if not isinstance(value, str):
        return kind_of(value)
    return ascii(value if len(value) <= _SHOWN else value[:_SHOWN] + "...")
