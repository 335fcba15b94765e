"""Events to SQS: one message for each subscriber's queue.

Body: {"topic", "data", "traceId", "flows", "messageGroupId"?}; data that would make it exceed 1 MiB goes to S3, see
`payloads`. What is published in one tick of the event loop to the same queue travels in batches.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

from motia.aws.client import encode_json
from motia.aws.fifo import FifoLane, Pause
from motia.aws.outgoing import Outgoing, describe
from motia.aws.payloads import PREFIX, Payloads
from motia.aws.queues import Queues
from motia.aws.sqs import MAX_BYTES, MAX_ENTRIES, Entry
from motia.aws.threads import Threads
from motia.backend import Message
from motia.errors import AwsError, EmitError
from motia.ids import new_id
from motia.names import queue_name


class SqsPublisher:
    """A motia.backend.EventPublisher. prefix: of this version's queues."""

    def __init__(
        self, queues: Queues, payloads: Payloads, threads: Threads, prefix: str, *, pause: Pause = asyncio.sleep
    ) -> None:
        self._queues = queues
        self._payloads = payloads
        self._threads = threads
        self._prefix = prefix
        self._pause = pause
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, list[Outgoing]] = {}
        self._lanes: dict[str, FifoLane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def publish(self, messages: list[Message]) -> None:
        """Send every message; raises EmitError for the first that was not sent, after all have been tried."""
        if not messages:
            return
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._start_over(loop)
        outgoing = self._outgoing(messages, loop)  # whatever cannot be encoded fails before anything is sent
        if not self._waiting:
            loop.call_soon(self._flush)
        for message, item in zip(messages, outgoing, strict=True):
            self._waiting.setdefault(self._queue(message), []).append(item)
        results = await asyncio.gather(*[item.future for item in outgoing], return_exceptions=True)
        for message, result in zip(messages, results, strict=True):
            if result is not None:
                raise EmitError(
                    f"event {message.topic!r} was not sent to Step {message.subscriber.name!r}: {describe(result)}"
                ) from result

    def _start_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Another loop runs now; what waited in the old one has nobody left who waits for it."""
        self._loop = loop
        self._waiting = {}
        self._lanes = {}
        self._tasks = set()

    def _queue(self, message: Message) -> str:
        return queue_name(self._prefix, message.subscriber.id, fifo=message.subscriber.fifo)

    def _outgoing(self, messages: list[Message], loop: asyncio.AbstractEventLoop) -> list[Outgoing]:
        outgoing: list[Outgoing] = []
        last: tuple[Any, ...] = ()
        body, upload = "", None
        for message in messages:
            content = (message.topic, message.trace_id, message.flows, message.group_id)
            if not last or last[0] is not message.data or last[1] != content:  # subscribers of one event share a body
                body, upload = self._body(message)
                last = (message.data, content)
            dedup_id = (message.dedup_id or new_id()) if message.subscriber.fifo else None
            entry = Entry(body, group_id=message.group_id, dedup_id=dedup_id)
            outgoing.append(Outgoing(entry, loop.create_future(), upload))
        return outgoing

    def _body(self, message: Message) -> tuple[str, tuple[str, bytes] | None]:
        """The text of a message, and the object to put into S3 first if its data does not fit."""
        envelope: dict[str, Any] = {
            "topic": message.topic,
            "data": message.data,
            "traceId": message.trace_id,
            "flows": list(message.flows),
        }
        if message.group_id is not None:
            envelope["messageGroupId"] = message.group_id
        body = encode_json(envelope)
        if len(body) <= MAX_BYTES:
            return _sqs_text(body, envelope), None
        data = encode_json(envelope.pop("data"))
        key = f"{PREFIX}{new_id()}"
        envelope["s3"] = {"bucket": self._payloads.bucket, "key": key}
        return encode_json(envelope).decode(), (key, data)

    def _flush(self) -> None:
        """Everything published in the tick that just ended."""
        waiting, self._waiting = self._waiting, {}
        for queue, outgoing in waiting.items():
            if queue.endswith(".fifo"):
                lane = self._lanes.get(queue)
                if lane is None:
                    lane = self._lanes[queue] = FifoLane(partial(self._send_once, queue), self._pause)
                for item in outgoing:
                    lane.add(item)
                self._start(lane.drain())
            else:
                for batch in batches(outgoing):
                    self._start(self._send_batch(queue, batch))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself keeps weak references only
        task.add_done_callback(self._tasks.discard)

    async def _send_batch(self, queue: str, batch: list[Outgoing]) -> None:
        try:
            failed = await self._threads.run(self._deliver, queue, batch, self._queues.sqs.send_batch)
            for index, item in enumerate(batch):
                if index in failed:
                    item.failed(failed[index])
                else:
                    item.sent()
        except Exception as error:
            for item in batch:
                item.failed(error)
        finally:
            for item in batch:
                item.future.cancel()  # only if this task itself was cancelled: settled futures stay as they are

    async def _send_once(self, queue: str, batch: list[Outgoing]) -> dict[int, AwsError]:
        def once(url: str, entries: list[Entry]) -> dict[int, AwsError]:
            return self._queues.sqs.send_once(url, dict(enumerate(entries)))

        return await self._threads.run(self._deliver, queue, batch, once)

    def _deliver(self, queue: str, batch: list[Outgoing], send: Any) -> dict[int, AwsError]:
        """In a thread: first the objects, then the messages that point to them."""
        uploaded: set[str] = set()
        for item in batch:
            if item.upload is not None:
                key, data = item.upload
                if key not in uploaded:
                    self._payloads.s3.put(self._payloads.bucket, key, data)
                    uploaded.add(key)
                item.upload = None
        url = self._queues.url(queue)
        if len(batch) == 1:
            self._queues.sqs.send(url, batch[0].entry)
            return {}
        failed: dict[int, AwsError] = send(url, [item.entry for item in batch])
        return failed


def batches(outgoing: list[Outgoing]) -> list[list[Outgoing]]:
    """At most 10 messages and 1 MiB each, in order."""
    packed: list[list[Outgoing]] = []
    size = 0
    for item in outgoing:
        size += item.entry.size
        if not packed or len(packed[-1]) == MAX_ENTRIES or size > MAX_BYTES:
            packed.append([])
            size = item.entry.size
        packed[-1].append(item)
    return packed


def _sqs_text(body: bytes, envelope: dict[str, Any]) -> str:
    """SQS refuses U+FFFE and U+FFFF, which JSON can escape."""
    text = body.decode()
    if "\ufffe" in text or "\uffff" in text:
        return json.dumps(envelope, separators=(",", ":"))
    return text
