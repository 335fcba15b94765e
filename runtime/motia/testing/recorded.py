"""What a test sees of what Steps did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from motia.backend import Message, Subscriber

RECORDER = Subscriber("(test)", "(test)")
"""Subscribes to everything, so that a test sees events that no Step subscribes to as well."""


@dataclass(frozen=True)
class Emitted:
    """An event that was emitted. flows: of the Step that emitted it."""

    topic: str
    data: Any
    message_group_id: str | None = None
    trace_id: str = ""
    flows: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeadLetter:
    """An event that was given up. attempts: how many there were; error: why the last one failed."""

    step: str
    topic: str
    data: Any
    attempts: int
    error: str
    message_group_id: str | None = None
    trace_id: str = ""


def emitted(messages: Sequence[Message]) -> list[Emitted]:
    """The events among messages to the recorder and others."""
    return [
        Emitted(message.topic, message.data, message.group_id, message.trace_id, message.flows)
        for message in messages
        if message.subscriber is RECORDER
    ]


class Every(tuple[str, ...]):
    """Names of which every one is known."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


class EveryTopic(dict[str, tuple[Subscriber, ...]]):
    """A routing table in which the recorder subscribes to everything."""

    def get(self, topic: str, default: Any = ()) -> Any:
        return (*super().get(topic, ()), RECORDER)
