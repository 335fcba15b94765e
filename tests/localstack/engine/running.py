"""An engine for a test: started, stopped, and waited for without sleeping blindly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from motia.backend import Message, Subscriber
from motia_local.engine import Clock, Delivery, Engine, Limits, QueueSpec

T = TypeVar("T")


@asynccontextmanager
async def engine(
    folder: Path | None = None, *specs: QueueSpec, clock: Clock | None = None, limits: Limits | None = None
) -> AsyncIterator[Engine]:
    """An engine with these queues."""
    running = Engine(folder, clock=clock, limits=limits)
    await running.start()
    try:
        await running.queues.configure(specs)
        yield running
    finally:
        await running.stop()


async def until(check: Callable[[], T], *, within_s: float = 10.0) -> T:
    """The first truthy result of `check`; the loop goes on meanwhile."""
    deadline = time.monotonic() + within_s
    while not (result := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s; last: {result!r}")
        await asyncio.sleep(0.002)
    return result


def queue(step_id: str = "work", **options: Any) -> QueueSpec:
    return QueueSpec(step_id, step_id, **options)


def message(data: Any, step_id: str = "work", *, fifo: bool = False, **options: Any) -> Message:
    return Message(Subscriber(step_id, step_id, fifo), "topic", data, "TRACE-0000001", **options)


class Recorder:
    """A handler that remembers, and fails or waits where it is told to.

    seen: the data of each attempt, at its begin. done: of each attempt that succeeded.
    """

    def __init__(self, act: Callable[[Delivery], Awaitable[None]] | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self.done: list[Any] = []
        self.active = 0
        self.most_active = 0
        self._act = act

    @property
    def seen(self) -> list[Any]:
        return [delivery.data for delivery in self.deliveries]

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        try:
            if self._act is not None:
                await self._act(delivery)
        finally:
            self.active -= 1
        self.done.append(delivery.data)


async def failing(delivery: Delivery) -> None:
    raise ValueError(f"no to {delivery.data}")
