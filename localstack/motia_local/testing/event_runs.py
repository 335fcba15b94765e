"""Attempts at events in a test: from the engine's queues, or from a project's own event adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from motia.adapters.interfaces import EventAdapter
from motia.adapters.types import Event, QueueConfig
from motia.backend import Backend
from motia.errors import ProjectError, StepError
from motia.ids import new_trace_id
from motia.invoke import log_failure
from motia_local.engine import Delivery, Engine, ManualClock
from motia_project.model import Step

Run = Callable[[Step, Any, str], Awaitable[None]]  # step, data, trace id


class QueuedEvents:
    """Runs what is in the engine's queues, when told to."""

    def __init__(self, engine: Engine, clock: ManualClock, steps: dict[str, Step], backend: Backend, run: Run) -> None:
        self._engine = engine
        self._clock = clock
        self._steps = steps
        self._backend = backend
        self._run = run

    async def work_off(self, until: float | None, timeout_s: float) -> None:
        """Run everything that comes due by `until` (seconds since the epoch, None: at all), moving the clock."""
        queues = self._engine.queues
        deadline = asyncio.get_running_loop().time() + timeout_s
        for step_id in self._steps:
            queues.consume(step_id, self._attempt)
        try:
            while True:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    raise TimeoutError
                moment = await queues.wait_settled(left)
                if moment is None or (until is not None and moment > until):
                    break
                self._clock.move_to(moment + 0.0005)  # the engine counts in whole milliseconds
        except TimeoutError:
            raise await self._late(timeout_s) from None
        finally:
            for step_id in self._steps:
                await queues.stop_consuming(step_id)

    async def _late(self, timeout_s: float) -> ProjectError:
        busy = [
            count for count in await self._engine.queues.counts() if count.visible or count.in_flight or count.delayed
        ]
        waiting = ", ".join(f"{count.name} ({count.visible + count.in_flight + count.delayed})" for count in busy)
        return ProjectError(
            f"not idle after {timeout_s:g} s",
            where=f"events of {waiting}" if waiting else None,
            remedy="a handler hangs, or Steps emit to one another for ever; pass timeout_s for more patience",
        )

    async def _attempt(self, delivery: Delivery) -> None:
        step = self._steps[delivery.queue]
        try:
            await self._run(step, delivery.data, delivery.trace_id)
        except Exception as error:
            last = delivery.receive_count >= delivery.max_receives
            message = f"Attempt {delivery.receive_count} of {delivery.max_receives} failed"
            tell(
                step,
                self._backend,
                delivery.trace_id,
                f"{message}; moved to the dead-letter queue" * last or message,
                error,
            )
            raise StepError(f"{type(error).__name__}: {error}") from error


class AdapterRuns:
    """Runs what a project's own event adapter delivers."""

    def __init__(self, adapter: EventAdapter, steps: dict[str, Step], backend: Backend, run: Run) -> None:
        self._adapter = adapter
        self._steps = steps
        self._backend = backend
        self._run = run
        self._running = 0
        self._changed = asyncio.Event()

    async def subscribe(self) -> None:
        """Subscribe every event Step to each of its topics."""
        for step in self._steps.values():
            for topic in step.subscribes:
                await self._adapter.subscribe(topic, step.name, self._handler(step), queue_config(step))

    async def work_off(self, until: float | None, timeout_s: float) -> None:
        """Wait until no handler runs, and as long as the adapter's own `wait_idle(timeout_s)` waits, if it has one."""
        wait = getattr(self._adapter, "wait_idle", None)
        try:
            async with asyncio.timeout(timeout_s):
                if wait is not None:
                    await wait(timeout_s)
                while self._running:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise ProjectError(f"not idle after {timeout_s:g} s: {self._running} handlers run") from None

    def _handler(self, step: Step) -> Callable[[Event], Awaitable[None]]:
        async def handle(event: Event) -> None:
            self._running += 1
            trace_id = event.trace_id or new_trace_id()
            try:
                await self._run(step, event.data, trace_id)
            except Exception as error:
                tell(step, self._backend, trace_id, "Attempt failed", error)
                raise
            finally:
                self._running -= 1
                self._changed.set()

        return handle


def queue_config(step: Step) -> QueueConfig:
    """The queue of a Step as an adapter is told."""
    queue = step.queue
    return QueueConfig(
        "fifo" if queue.fifo else "standard",
        queue.max_retries,
        step.visibility_timeout_s,
        queue.delay_s,
        queue.concurrency,
    )


def tell(step: Step, backend: Backend, trace_id: str, message: str, error: BaseException) -> None:
    """Log a failure in the name of a Step."""
    from motia.descriptor import StepDescriptor

    log_failure(StepDescriptor(step.id, step.name, step.type, step.file, step.flows), backend, trace_id, message, error)
