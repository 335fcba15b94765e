"""`context.emit`: one event becomes one message for each subscriber, or an EmitError and no message at all."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from motia.backend import EventPublisher, Message, NoTrace, Subscriber, TraceSink
from motia.calls import Call, Calls
from motia.descriptor import StepDescriptor
from motia.errors import EmitError
from motia.ids import new_id
from motia.jsonable import jsonable
from motia.kinds import kind_of

Topics = Mapping[str, Sequence[Subscriber]]

# Amazon SQS API reference, SendMessage, MessageGroupId: 1 to 128 alphanumeric characters and punctuation
_GROUP_ID = re.compile(r"[!-~]{1,128}\Z")


class Emitter:
    """Sends what one invocation of a Step emits."""

    def __init__(
        self,
        step: StepDescriptor,
        topics: Topics,
        trace_id: str,
        events: EventPublisher,
        calls: Calls,
        trace: TraceSink,
    ) -> None:
        self._step = step
        self._topics = topics
        self._trace_id = trace_id
        self._events = events
        self._calls = calls
        self._trace = None if isinstance(trace, NoTrace) else trace

    def __call__(self, event: Mapping[str, Any]) -> Call[None]:
        """Emit `{"topic", "data", "messageGroupId"?}`; done when every message is durable."""
        return self._calls.make("emit", self._emit(event))

    async def _emit(self, event: Mapping[str, Any]) -> None:
        try:
            messages = make_messages(event, self._step, self._topics, self._trace_id)
            if messages:
                await self._events.publish(messages)
        except BaseException:
            self._add(event, success=False)
            raise
        self._add(event, success=True)

    def _add(self, event: Any, *, success: bool) -> None:
        if self._trace is not None:
            from motia.printable import printable

            given = event if isinstance(event, Mapping) else {"data": event}
            topic, data = printable(given.get("topic")), printable(given.get("data"))
            now = time.time_ns() // 1_000_000
            self._trace.add({"type": "emit", "timestamp": now, "topic": topic, "success": success, "data": data})


def make_messages(event: Mapping[str, Any], step: StepDescriptor, topics: Topics, trace_id: str) -> list[Message]:
    """The messages of one emit by `step`; EmitError when it breaks a rule. An empty list: nobody subscribes."""
    where = f"Step {step.name!r} ({step.file})"
    if not isinstance(event, Mapping) or not isinstance(event.get("topic"), str) or not event["topic"]:
        raise EmitError(
            f"emit got {event!r}", where=where, allowed='{"topic": a str, "data": ..., "messageGroupId": ...}'
        )
    topic = event["topic"]
    if topic not in step.emits:
        raise EmitError(
            f"the topic {topic!r} is not declared",
            where=where,
            allowed=", ".join(step.emits) or "no topic: `emits` is empty",
            remedy="add it to `emits` in the Step's config",
        )
    subscribers = topics.get(topic, ())
    group_id = event.get("messageGroupId")
    if group_id is None:
        _need_no_group(topic, subscribers, where)
    elif not isinstance(group_id, str) or not _GROUP_ID.match(group_id):
        found = repr(group_id) if isinstance(group_id, str) else kind_of(group_id)
        allowed = "a str of 1 to 128 letters, digits and punctuation characters of ASCII, no spaces"
        raise EmitError(f"the messageGroupId is {found}", where=where, allowed=allowed)
    data = jsonable(event.get("data"), "data", EmitError, f"{where}, topic {topic!r}")
    dedup_id = new_id()
    return [Message(subscriber, topic, data, trace_id, step.flows, group_id, dedup_id) for subscriber in subscribers]


def _need_no_group(topic: str, subscribers: Sequence[Subscriber], where: str) -> None:
    fifo = [subscriber.name for subscriber in subscribers if subscriber.fifo]
    if fifo:
        raise EmitError(
            f"the topic {topic!r} has a FIFO subscriber, {', '.join(map(repr, fifo))}, and the event no messageGroupId",
            where=where,
            allowed="events of one messageGroupId are handled in order",
            remedy='pass {"topic": ..., "data": ..., "messageGroupId": "..."}',
        )
