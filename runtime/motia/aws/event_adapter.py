"""Events over SQS for a process that polls: a queue for each Step, the same messages that deployed Steps send.

Deployed Steps need none of this: Lambda polls for them. It lets a container, or a laptop, take part.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from itertools import count
from typing import Any

from motia.adapters.interfaces import EventAdapter
from motia.adapters.types import Event, EventHandler, QueueConfig, SubscriptionHandle
from motia.aws.sandbox import open_backend
from motia.aws.sqs import MAX_ENTRIES
from motia.backend import Message, Subscriber
from motia.errors import AwsError
from motia.ids import new_id
from motia.names import queue_name, step_id

CONCURRENCY = 10


@dataclass
class _Consumer:
    """What is taken from the queue of one Step. handlers: by topic, then subscription."""

    subscriber: Subscriber
    options: QueueConfig
    url: str
    handlers: dict[str, dict[str, EventHandler]] = field(default_factory=dict)
    poller: asyncio.Task[None] | None = None
    running: set[asyncio.Task[None]] = field(default_factory=set)


class SqsEventAdapter(EventAdapter):
    """Needs the MOTIA_ variables of `motia.aws.sandbox`.

    topics: who subscribes elsewhere (as in motia.json); Steps that subscribe here are added. create_queues: make a
    Step's queue, with its dead-letter queue, when it is not there. wait_s: of a poll, 0 to 20. retry_delay_s: from a
    failed attempt to the next. Raises AwsError.
    """

    usable_on_aws = True

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        topics: Mapping[str, Sequence[Subscriber]] | None = None,
        create_queues: bool = False,
        wait_s: int = 5,
        retry_delay_s: int = 2,
    ) -> None:
        self._backend = open_backend(environ)
        self._prefix = environ["MOTIA_PREFIX"]
        self._topics = dict(topics or {})
        self._create_queues = create_queues
        self._wait_s = wait_s
        self._retry_delay_s = retry_delay_s
        self._consumers: dict[str, _Consumer] = {}  # by Step
        self._own: dict[str, tuple[str, str]] = {}  # subscription -> Step, topic
        self._ids = count(1)

    async def emit(self, event: Event) -> None:
        here = [consumer.subscriber for consumer in self._consumers.values() if event.topic in consumer.handlers]
        known = {subscriber.id: subscriber for subscriber in (*self._topics.get(event.topic, ()), *here)}
        trace_id, group_id, dedup_id = event.trace_id or "", event.message_group_id, new_id()
        await self._backend.events.publish(
            [
                Message(subscriber, event.topic, event.data, trace_id, event.flows, group_id, dedup_id)
                for subscriber in known.values()
            ]
        )

    async def subscribe(
        self, topic: str, step_name: str, handler: EventHandler, options: QueueConfig | None = None
    ) -> SubscriptionHandle:
        id = f"{step_name}-{next(self._ids)}-{new_id()[:8]}"
        if step_name not in self._consumers:
            wanted = options or QueueConfig()
            subscriber = Subscriber(step_name, step_id(step_name), wanted.type == "fifo")
            url = await self._backend.threads.run(self._queue, subscriber, wanted)
            self._consumers[step_name] = _Consumer(subscriber, wanted, url)
        consumer = self._consumers[step_name]
        consumer.handlers.setdefault(topic, {})[id] = handler
        self._own[id] = (step_name, topic)
        if consumer.poller is None:
            consumer.poller = asyncio.get_running_loop().create_task(self._poll(consumer))

        async def unsubscribe() -> None:
            await self._end(id)

        return SubscriptionHandle(topic, id, unsubscribe)

    async def unsubscribe(self, handle: SubscriptionHandle) -> None:
        await self._end(handle.id)

    async def shutdown(self) -> None:
        for id in list(self._own):
            await self._end(id)
        self._backend.threads.close()

    async def get_subscription_count(self, topic: str) -> int:
        return sum(len(consumer.handlers.get(topic, ())) for consumer in self._consumers.values())

    async def list_topics(self) -> list[str]:
        return sorted({topic for consumer in self._consumers.values() for topic in consumer.handlers})

    async def _end(self, id: str) -> None:
        step_name, topic = self._own.pop(id, ("", ""))
        consumer = self._consumers.get(step_name)
        if consumer is None:
            return
        consumer.handlers[topic].pop(id, None)
        if not consumer.handlers[topic]:
            del consumer.handlers[topic]
        if not consumer.handlers:
            del self._consumers[step_name]
            tasks = [task for task in (consumer.poller, *consumer.running) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    # taking

    async def _poll(self, consumer: _Consumer) -> None:
        while True:
            free = (consumer.options.concurrency or CONCURRENCY) - len(consumer.running)
            if free <= 0:
                await asyncio.wait(consumer.running, return_when=asyncio.FIRST_COMPLETED)
                continue
            # Of a message group SQS gives out nothing while one of it is at work, if they come one by one.
            most = 1 if consumer.subscriber.fifo else min(free, MAX_ENTRIES)
            try:
                received = await self._backend.threads.run(self._receive, consumer.url, most)
            except AwsError:
                await asyncio.sleep(1)  # the client has tried several times already
                continue
            for message in received:
                task = asyncio.get_running_loop().create_task(self._handle(consumer, message))
                consumer.running.add(task)
                task.add_done_callback(consumer.running.discard)

    async def _handle(self, consumer: _Consumer, message: dict[str, Any]) -> None:
        run, handle = self._backend.threads.run, message["ReceiptHandle"]
        try:
            event = await self._event(message)
            handlers = consumer.handlers.get(event.topic)
            if handlers:
                id, handler = next(iter(handlers.items()))
                handlers[id] = handlers.pop(id)
                result = handler(event)
                if isawaitable(result):
                    await result
        except Exception:
            import logging

            logging.getLogger("motia.events").exception("an attempt at an event failed; it is tried again")
            # After its last attempt SQS moves it to the dead-letter queue, when it is asked for once more.
            await run(self._backend.queues.sqs.change_visibility, consumer.url, handle, self._retry_delay_s)
        else:
            await run(self._call, "DeleteMessage", {"QueueUrl": consumer.url, "ReceiptHandle": handle})

    async def _event(self, message: dict[str, Any]) -> Event:
        envelope = json.loads(message["Body"])
        if "s3" in envelope:
            place = envelope.pop("s3")
            envelope["data"] = json.loads(await self._backend.payloads.fetch(place["bucket"], place["key"]))
        sent_at = int(message.get("Attributes", {}).get("SentTimestamp", 0))
        return Event.from_json({**envelope, "timestamp": sent_at or None})

    def _receive(self, url: str, most: int) -> list[dict[str, Any]]:
        answer = self._call(
            "ReceiveMessage",
            {
                "QueueUrl": url,
                "MaxNumberOfMessages": most,
                "WaitTimeSeconds": self._wait_s,
                "AttributeNames": ["SentTimestamp"],
            },
        )
        return list(answer.get("Messages") or ())

    def _queue(self, subscriber: Subscriber, options: QueueConfig) -> str:
        name = queue_name(self._prefix, subscriber.id, fifo=subscriber.fifo)
        if not self._create_queues:
            return self._backend.queues.url(name)
        dead = queue_name(self._prefix, subscriber.id, fifo=subscriber.fifo, dead_letter=True)
        kind = {"FifoQueue": "true"} if subscriber.fifo else {}
        dead_url = self._call("CreateQueue", {"QueueName": dead, "Attributes": kind})["QueueUrl"]
        asked = {"QueueUrl": dead_url, "AttributeNames": ["QueueArn"]}
        arn = self._call("GetQueueAttributes", asked)["Attributes"]["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": options.max_retries + 1}
        attributes = {
            **kind,
            "VisibilityTimeout": str(int(options.visibility_timeout)),
            "DelaySeconds": str(int(options.delay_seconds)),
            "RedrivePolicy": json.dumps(redrive),
        }
        url: str = self._call("CreateQueue", {"QueueName": name, "Attributes": attributes})["QueueUrl"]
        return url

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._backend.queues.sqs.client.call(operation, parameters)
