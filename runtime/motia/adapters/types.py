"""What adapters are given and give: the reference's supporting types.

In Python they are dataclasses with Python names. `to_json` and `from_json` are the reference's shape, for an adapter
that puts them on a wire. What a Step itself writes as a dictionary (a channel, a stream event, an item) stays one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

JsonType = Literal["string", "number", "boolean", "object", "array", "null"]

BaseStreamItem = dict[str, Any]
"""An item of a stream: the stored object with its `id`."""


class StreamChannel(TypedDict):
    """Whom an event of a stream is for: everybody in a group, or with `id` the subscribers of an item as well."""

    groupId: str
    id: NotRequired[str]


class StreamEvent(TypedDict):
    """An event that is not kept."""

    type: str
    data: Any


StreamEventHandler = Callable[[StreamEvent], Awaitable[None] | None]


@dataclass(frozen=True)
class StreamFilter:
    """Which items `StreamAdapter.query` gives. where: fields that must be equal. order_by: a field; items without it
    come last. offset, limit: how many are left out, and how many follow at most."""

    where: dict[str, Any] = field(default_factory=dict)
    order_by: str | None = None
    descending: bool = False
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class StateItem:
    """A value of the state with its place."""

    group_id: str
    key: str
    type: JsonType
    value: Any

    def to_json(self) -> dict[str, Any]:
        return {"groupId": self.group_id, "key": self.key, "type": self.type, "value": self.value}


@dataclass(frozen=True)
class StateItemsInput:
    """Which items `StateAdapter.items` gives: those of one group, or all. trace_id: the same as group_id."""

    group_id: str | None = None
    trace_id: str | None = None

    @property
    def group(self) -> str | None:
        """The group asked for, under either name."""
        return self.trace_id if self.group_id is None else self.group_id


@dataclass(frozen=True)
class Event:
    """An emitted event. timestamp: milliseconds since the epoch. flows: of the emitting Step. message_group_id: events
    of one group are handled one after another by Steps with a FIFO queue."""

    topic: str
    data: Any = None
    timestamp: int | None = None
    trace_id: str | None = None
    flows: tuple[str, ...] = ()
    message_group_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """{topic, data, timestamp?, traceId?, flows, messageGroupId?}, the envelope that is in a queue on AWS."""
        found: dict[str, Any] = {"topic": self.topic, "data": self.data, "flows": list(self.flows)}
        more = {"timestamp": self.timestamp, "traceId": self.trace_id, "messageGroupId": self.message_group_id}
        return found | {key: value for key, value in more.items() if value is not None}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Event:
        return cls(
            raw["topic"],
            raw.get("data"),
            raw.get("timestamp"),
            raw.get("traceId"),
            tuple(raw.get("flows") or ()),
            raw.get("messageGroupId"),
        )


EventHandler = Callable[[Event], Awaitable[None] | None]


@dataclass(frozen=True)
class QueueConfig:
    """How a Step wants its events (`infrastructure.queue`). visibility_timeout, delay_seconds: seconds. concurrency:
    attempts at a time, None for the adapter's own choice."""

    type: Literal["standard", "fifo"] = "standard"
    max_retries: int = 3
    visibility_timeout: float = 30
    delay_seconds: float = 0
    concurrency: int | None = None

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": self.type,
            "maxRetries": self.max_retries,
            "visibilityTimeout": self.visibility_timeout,
            "delaySeconds": self.delay_seconds,
        }
        return found if self.concurrency is None else {**found, "concurrency": self.concurrency}


@dataclass(frozen=True)
class SubscriptionHandle:
    """One subscription. unsubscribe: ends it, as `EventAdapter.unsubscribe(handle)` does."""

    topic: str
    id: str
    unsubscribe: Callable[[], Awaitable[None]] = field(compare=False)


@dataclass(frozen=True)
class CronLockInfo:
    """A lock that is held. acquired_at, expires_at: milliseconds since the epoch. instance_id: of its holder."""

    job_name: str
    instance_id: str
    acquired_at: int
    expires_at: int

    def to_json(self) -> dict[str, Any]:
        return {
            "jobName": self.job_name,
            "instanceId": self.instance_id,
            "acquiredAt": self.acquired_at,
            "expiresAt": self.expires_at,
        }


@dataclass(frozen=True)
class CronLock(CronLockInfo):
    """A lock as its holder has it; lock_id tells this acquisition from every other."""

    lock_id: str

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "lockId": self.lock_id}


def json_type(value: Any) -> JsonType:
    """The name JSON has for the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
