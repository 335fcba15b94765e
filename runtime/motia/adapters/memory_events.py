"""Events in memory: an adapter for tests, with the retries, delays and message groups of the real ones."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from inspect import isawaitable
from itertools import count

from motia.adapters.interfaces import EventAdapter
from motia.adapters.types import Event, EventHandler, QueueConfig, SubscriptionHandle

CONCURRENCY = 10
RETRY_DELAY_S = 2.0


@dataclass(frozen=True)
class GivenUp:
    """An event that failed all its attempts. error: of the last one."""

    step_name: str
    event: Event
    error: str


@dataclass
class _Attempt:
    event: Event
    number: int = 1


@dataclass
class MemoryQueue:
    """The events of one topic on their way to one Step, and who handles them: subscribers take turns."""

    options: QueueConfig
    handlers: dict[str, EventHandler] = field(default_factory=dict)
    waiting: deque[_Attempt] = field(default_factory=deque)
    busy: dict[str | None, int] = field(default_factory=dict)  # attempts at work, by message group on a FIFO queue

    def take(self) -> _Attempt | None:
        """The next event that may run now."""
        if sum(self.busy.values()) >= (self.options.concurrency or CONCURRENCY) or not self.handlers:
            return None
        for attempt in self.waiting:
            group = self.lane(attempt.event)
            if group is not None and group in self.busy:
                continue
            self.waiting.remove(attempt)
            self.busy[group] = self.busy.get(group, 0) + 1
            return attempt
        return None

    def done(self, attempt: _Attempt) -> None:
        group = self.lane(attempt.event)
        self.busy[group] -= 1
        if not self.busy[group]:
            del self.busy[group]

    def lane(self, event: Event) -> str | None:
        """The group whose events run one after another; None when there is none."""
        return (event.message_group_id or "") if self.options.type == "fifo" else None


Bus = dict[tuple[str, str], MemoryQueue]  # by topic and Step


class MemoryEventAdapter(EventAdapter):
    """bus: shared by adapters that stand for several processes. retry_delay_s: from a failed attempt to the next.

    Belongs to one event loop. given_up: what a dead-letter queue would hold.
    """

    def __init__(self, bus: Bus | None = None, *, retry_delay_s: float = RETRY_DELAY_S) -> None:
        self.given_up: list[GivenUp] = []
        self._bus: Bus = {} if bus is None else bus
        self._retry_delay_s = retry_delay_s
        self._ids = count(1)
        self._own: dict[str, tuple[str, str]] = {}  # subscription -> queue
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._changed = asyncio.Event()

    async def emit(self, event: Event) -> None:
        text = json.dumps(event.to_json())
        for key, queue in list(self._bus.items()):
            if key[0] == event.topic and queue.handlers:
                attempt = _Attempt(Event.from_json(json.loads(text)))
                self._later(queue.options.delay_seconds, key, attempt)

    async def subscribe(
        self, topic: str, step_name: str, handler: EventHandler, options: QueueConfig | None = None
    ) -> SubscriptionHandle:
        key, id = (topic, step_name), f"{step_name}-{next(self._ids)}-{id_of(self)}"
        queue = self._bus.setdefault(key, MemoryQueue(options or QueueConfig()))
        queue.handlers[id] = handler
        self._own[id] = key

        async def unsubscribe() -> None:
            self._end(id)

        return SubscriptionHandle(topic, id, unsubscribe)

    async def unsubscribe(self, handle: SubscriptionHandle) -> None:
        self._end(handle.id)

    async def shutdown(self) -> None:
        for id in list(self._own):
            self._end(id)
        for timer in self._timers:
            timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def get_subscription_count(self, topic: str) -> int:
        return sum(len(queue.handlers) for (name, _), queue in self._bus.items() if name == topic)

    async def list_topics(self) -> list[str]:
        return sorted({topic for (topic, _), queue in self._bus.items() if queue.handlers})

    async def wait_idle(self, timeout_s: float) -> None:
        """Wait until no event waits or runs; TimeoutError after `timeout_s` seconds."""
        async with asyncio.timeout(timeout_s):
            while self._timers or self._tasks or any(queue.waiting and queue.handlers for queue in self._bus.values()):
                self._changed.clear()
                await self._changed.wait()

    def _end(self, id: str) -> None:
        key = self._own.pop(id, None)
        if key is not None:
            self._bus[key].handlers.pop(id, None)
        self._changed.set()

    def _later(self, delay_s: float, key: tuple[str, str], attempt: _Attempt) -> None:
        def arrive() -> None:
            self._timers.discard(timer)
            self._bus[key].waiting.append(attempt)
            self._pump(key)

        timer = asyncio.get_running_loop().call_later(delay_s, arrive)
        self._timers.add(timer)

    def _pump(self, key: tuple[str, str]) -> None:
        queue = self._bus[key]
        while (attempt := queue.take()) is not None:
            task = asyncio.get_running_loop().create_task(self._run(key, queue, attempt))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()

    async def _run(self, key: tuple[str, str], queue: MemoryQueue, attempt: _Attempt) -> None:
        id, handler = next(iter(queue.handlers.items()))
        queue.handlers[id] = queue.handlers.pop(id)  # the next event is another's
        try:
            result = handler(attempt.event)
            if isawaitable(result):
                await result
        except Exception as error:
            if attempt.number > queue.options.max_retries:
                self.given_up.append(GivenUp(key[1], attempt.event, f"{type(error).__name__}: {error}"))
            else:
                attempt.number += 1
                if queue.lane(attempt.event) is None:
                    self._later(self._retry_delay_s, key, attempt)
                else:  # the group waits with it
                    await asyncio.sleep(self._retry_delay_s)
                    queue.waiting.appendleft(attempt)
        queue.done(attempt)
        self._pump(key)


def id_of(adapter: object) -> str:
    """Tells the adapters of one process apart."""
    return f"{id(adapter):x}"
