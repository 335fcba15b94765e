"""The embedded engine behind the adapters' interfaces: SQLite on disk, or in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from itertools import count
from typing import Any

from motia.adapters import (
    BaseStreamItem,
    CronAdapter,
    CronLock,
    CronLockInfo,
    Event,
    EventAdapter,
    EventHandler,
    QueueConfig,
    StateAdapter,
    StateItem,
    StateItemsInput,
    StreamAdapter,
    StreamChannel,
    StreamEvent,
    StreamEventHandler,
    SubscriptionHandle,
)
from motia.adapters.types import json_type
from motia.backend import Message, Subscriber
from motia.ids import new_id
from motia_local.engine import Delivery, Engine, Lock, QueueSpec


class EngineStateAdapter(StateAdapter):
    """engine: started and stopped by its owner."""

    def __init__(self, engine: Engine) -> None:
        self._state = engine.state

    async def get(self, group_id: str, key: str) -> Any:
        return await self._state.get(group_id, key)

    async def set(self, group_id: str, key: str, value: Any) -> Any:
        return await self._state.set(group_id, key, value)

    async def delete(self, group_id: str, key: str) -> Any:
        return await self._state.delete(group_id, key)

    async def get_group(self, group_id: str) -> list[Any]:
        return await self._state.get_group(group_id)

    async def clear(self, group_id: str) -> None:
        await self._state.clear(group_id)

    async def keys(self, group_id: str) -> list[str]:
        return await self._state.keys(group_id)

    async def trace_ids(self) -> list[str]:
        return await self._state.groups()

    async def items(self, input: StateItemsInput) -> list[StateItem]:
        found = await self._state.items(input.group)
        return [StateItem(item.group, item.key, json_type(item.value), item.value) for item in found]


class EngineStreamAdapter(StreamAdapter[dict[str, Any]]):
    """One stream of the engine. Handlers hear what `send` tells, from whichever adapter of the engine it comes."""

    def __init__(self, stream_name: str, engine: Engine) -> None:
        super().__init__(stream_name)
        self._engine = engine
        self._end: Callable[[], None] | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def get(self, group_id: str, id: str) -> BaseStreamItem | None:
        return await self._engine.streams.get(self.stream_name, group_id, id)

    async def set(self, group_id: str, id: str, data: dict[str, Any]) -> BaseStreamItem:
        return await self._engine.streams.set(self.stream_name, group_id, id, data)

    async def delete(self, group_id: str, id: str) -> BaseStreamItem | None:
        return await self._engine.streams.delete(self.stream_name, group_id, id)

    async def get_group(self, group_id: str) -> list[BaseStreamItem]:
        return await self._engine.streams.get_group(self.stream_name, group_id)

    async def send(self, channel: StreamChannel, event: StreamEvent) -> None:
        await self._engine.streams.send(self.stream_name, channel["groupId"], channel.get("id"), {**event})

    async def subscribe(self, channel: StreamChannel, handler: StreamEventHandler) -> None:
        await super().subscribe(channel, handler)
        if self._end is None:
            self._end = self._engine.hub.subscribe(self._on_message)

    async def clear(self, group_id: str) -> None:
        await self._engine.streams.clear(self.stream_name, group_id)

    def _on_message(self, message: dict[str, Any]) -> None:
        """Something was told to the subscribers of some stream."""
        if message["streamName"] != self.stream_name or message["event"]["type"] != "event":
            return
        channel: StreamChannel = {"groupId": message["groupId"]}
        if "id" in message:
            channel["id"] = message["id"]
        task = asyncio.get_running_loop().create_task(super().send(channel, message["event"]["event"]))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


@dataclass
class _Subscriptions:
    """Who handles the events of one topic for one Step, in turns."""

    topic: str
    spec: QueueSpec
    handlers: dict[str, EventHandler] = field(default_factory=dict)

    async def __call__(self, delivery: Delivery) -> None:
        id, handler = next(iter(self.handlers.items()))
        self.handlers[id] = self.handlers.pop(id)
        result = handler(Event.from_json(delivery.data))
        if isawaitable(result):
            await result


class EngineBus:
    """The engine's queues as topics with subscribers; shared by the adapters that use one engine for nothing else."""

    def __init__(self, engine: Engine, *, retry_delay_s: float = 2.0) -> None:
        self.engine = engine
        self.retry_delay_s = retry_delay_s
        self.queues: dict[str, _Subscriptions] = {}
        self.ids = count(1)


class EngineEventAdapter(EventAdapter):
    """Durable events: what `emit` has accepted is on disk."""

    def __init__(self, bus: EngineBus) -> None:
        self._bus = bus
        self._own: dict[str, str] = {}  # subscription -> queue

    async def emit(self, event: Event) -> None:
        dedup_id = new_id()
        await self._bus.engine.events.publish(
            [
                Message(
                    Subscriber(queue.spec.name, id, queue.spec.fifo),
                    event.topic,
                    event.to_json(),
                    event.trace_id or "",
                    event.flows,
                    event.message_group_id,
                    dedup_id,
                )
                for id, queue in self._bus.queues.items()
                if queue.topic == event.topic and queue.handlers
            ]
        )

    async def subscribe(
        self, topic: str, step_name: str, handler: EventHandler, options: QueueConfig | None = None
    ) -> SubscriptionHandle:
        bus, key = self._bus, f"{topic}\n{step_name}"
        if key not in bus.queues:
            bus.queues[key] = _Subscriptions(topic, self._spec(key, step_name, options or QueueConfig()))
            await bus.engine.queues.configure([queue.spec for queue in bus.queues.values()])
        id = f"{step_name}-{next(bus.ids)}"
        bus.queues[key].handlers[id] = handler
        self._own[id] = key
        bus.engine.queues.consume(key, bus.queues[key])

        async def unsubscribe() -> None:
            await self._end(id)

        return SubscriptionHandle(topic, id, unsubscribe)

    async def unsubscribe(self, handle: SubscriptionHandle) -> None:
        await self._end(handle.id)

    async def shutdown(self) -> None:
        for id in list(self._own):
            await self._end(id)

    async def get_subscription_count(self, topic: str) -> int:
        return sum(len(queue.handlers) for queue in self._bus.queues.values() if queue.topic == topic)

    async def list_topics(self) -> list[str]:
        return sorted({queue.topic for queue in self._bus.queues.values() if queue.handlers})

    async def _end(self, id: str) -> None:
        key = self._own.pop(id, None)
        if key is not None:
            queue = self._bus.queues[key]
            queue.handlers.pop(id, None)
            if not queue.handlers:
                await self._bus.engine.queues.stop_consuming(key)

    def _spec(self, key: str, step_name: str, options: QueueConfig) -> QueueSpec:
        return QueueSpec(
            key,
            step_name,
            fifo=options.type == "fifo",
            max_retries=options.max_retries,
            visibility_timeout_s=options.visibility_timeout,
            delay_s=options.delay_seconds,
            concurrency=options.concurrency,
            retry_delay_s=self._bus.retry_delay_s,
        )


class EngineCronAdapter(CronAdapter):
    """engine: started and stopped by its owner."""

    def __init__(self, engine: Engine) -> None:
        self._locks = engine.locks

    async def acquire_lock(self, job_name: str, ttl_ms: int) -> CronLock | None:
        lock = await self._locks.acquire(job_name, ttl_ms / 1000)
        return (
            None if lock is None else CronLock(lock.name, lock.owner, lock.acquired_at, lock.expires_at, lock.lock_id)
        )

    async def release_lock(self, lock: CronLock) -> None:
        await self._locks.release(_engine_lock(lock))

    async def renew_lock(self, lock: CronLock, ttl_ms: int) -> bool:
        return await self._locks.renew(_engine_lock(lock), ttl_ms / 1000) is not None

    async def is_healthy(self) -> bool:
        await self._locks.active()
        return True

    async def shutdown(self) -> None:
        return

    async def get_active_locks(self) -> list[CronLockInfo]:
        return [
            CronLockInfo(lock.name, lock.owner, lock.acquired_at, lock.expires_at)
            for lock in await self._locks.active()
        ]


def _engine_lock(lock: CronLock) -> Lock:
    return Lock(lock.job_name, lock.lock_id, lock.instance_id, lock.acquired_at, lock.expires_at)
