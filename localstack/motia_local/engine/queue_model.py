"""Queues as data: what is configured, what a consumer gets, what an observer sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from motia.errors import ProjectError

DEFAULT_CONCURRENCY = 10
RETENTION_S = 14 * 86_400  # the longest that Amazon SQS keeps a message ("Amazon SQS message quotas")
DEDUPLICATION_S = 300  # "Exactly-once processing in Amazon SQS": the deduplication interval is 5 minutes


@dataclass(frozen=True)
class QueueSpec:
    """The queue of one event Step.

    step_id: the key of the queue everywhere in the engine. name: for people. max_retries: attempts after the first.
    visibility_timeout_s: an attempt that takes longer is given up and the message received again. delay_s: from the
    emit to the first attempt. concurrency: attempts at a time, None for the default. retry_delay_s: from a failed
    attempt to the next. All in seconds.
    """

    step_id: str
    name: str
    fifo: bool = False
    max_retries: int = 3
    visibility_timeout_s: float = 30.0
    delay_s: float = 0.0
    concurrency: int | None = None
    retry_delay_s: float = 2.0

    def __post_init__(self) -> None:
        for key, least in (("max_retries", 0), ("delay_s", 0), ("retry_delay_s", 0), ("concurrency", 1)):
            value = getattr(self, key)
            if value is not None and value < least:
                raise self._wrong(key, value, f"{least} or more")
        if self.visibility_timeout_s <= 0:
            raise self._wrong("visibility_timeout_s", self.visibility_timeout_s, "more than 0 seconds")

    def _wrong(self, key: str, value: float, allowed: str) -> ProjectError:
        return ProjectError(f"{key} is {value}", where=f"queue of Step {self.name!r}", allowed=allowed)

    @property
    def max_receives(self) -> int:
        """Attempts in all."""
        return self.max_retries + 1

    @property
    def slots(self) -> int:
        """Attempts at a time."""
        return DEFAULT_CONCURRENCY if self.concurrency is None else self.concurrency


@dataclass(frozen=True)
class Delivery:
    """One attempt at one message. receive_count: this attempt's number, from 1 to max_receives; both 0 where somebody
    else counts."""

    message_id: str
    queue: str
    topic: str
    data: Any
    trace_id: str
    flows: tuple[str, ...]
    group_id: str | None
    receive_count: int
    max_receives: int


@dataclass(frozen=True)
class QueueCounts:
    """Messages of one queue.

    delayed: by the queue's delay or before a retry. configured: False when its Step is gone. consumed: a handler
    takes from it now.
    """

    step_id: str
    name: str
    fifo: bool
    visible: int
    in_flight: int
    delayed: int
    dead: int
    configured: bool
    consumed: bool


@dataclass(frozen=True)
class StoredMessage:
    """A message at rest. sent_at, visible_at: milliseconds since the epoch. error: of the last failed attempt."""

    message_id: str
    queue: str
    topic: str
    data: Any
    trace_id: str
    flows: tuple[str, ...]
    group_id: str | None
    receive_count: int
    sent_at: int
    visible_at: int
    in_flight: bool
    error: str | None


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up. sent_at, first_received_at, failed_at: milliseconds since the epoch.

    attempts: those begun. error: why the last one failed.
    """

    message_id: str
    queue: str
    topic: str
    data: Any
    trace_id: str
    flows: tuple[str, ...]
    group_id: str | None
    attempts: int
    error: str
    sent_at: int
    first_received_at: int | None
    failed_at: int
