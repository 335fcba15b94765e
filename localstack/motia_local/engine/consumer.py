"""The consumer of one queue: begins attempts while it has free slots, records their outcomes, sleeps in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from motia_local.engine import codec, messages
from motia_local.engine.clock import Clock, Timer
from motia_local.engine.database import Database
from motia_local.engine.messages import Receipt, Received
from motia_local.engine.queue_model import Delivery, QueueSpec

Handler = Callable[[Delivery], Awaitable[None]]
_Answer = tuple[list[Received], int | None]  # messages, and when to look again, in milliseconds
_LONGEST_ERROR = 8192  # characters of an error's text that a dead letter keeps
_CANCEL_S = 5.0  # what a cancelled handler gets to clean up before it is left behind
_log = logging.getLogger("motia.engine")


@dataclass(eq=False)
class _Attempt:
    """A handler at work. expires_at: milliseconds; after it the attempt no longer holds a slot."""

    task: asyncio.Task[None]
    expires_at: int


class Consumer:
    """Belongs to one queue; `handler` is None while nobody takes from it.

    settled: called in the loop when messages may have gone.
    """

    def __init__(self, spec: QueueSpec, database: Database, clock: Clock, settled: Callable[[], None]) -> None:
        self.spec = spec
        self.handler: Handler | None = None
        self._database = database
        self._clock = clock
        self._settled = settled
        self._receiving: asyncio.Future[_Answer] | None = None
        self._look_again = False
        self._timer: Timer | None = None
        self._timer_at: int | None = None
        self._next_at: int | None = None
        self._current: dict[asyncio.Task[None], _Attempt] = {}  # in order of their expiry
        self._overdue: dict[asyncio.Task[None], _Attempt] = {}
        self._recording: set[asyncio.Task[None]] = set()

    @property
    def attempts(self) -> list[asyncio.Future[None]]:
        """Handlers at work and outcomes being recorded."""
        return [*self._current, *self._overdue, *self._recording]

    def wake(self) -> None:
        """Something may be visible: receive as many messages as there are free slots."""
        if self.handler is None:
            return
        if self._receiving is not None:
            self._look_again = True
            return
        self._expire()
        free = self.spec.slots - len(self._current)
        if free <= 0:
            self._arm()
            return
        self._look_again = False
        now = self._now()
        expires_at = now + int(self.spec.visibility_timeout_s * 1000)
        queue, most = self.spec.step_id, self.spec.max_receives
        self._receiving = self._database.write(
            lambda connection: messages.receive(connection, queue, free, now, expires_at, most),
            lambda result: self._begin(result, expires_at),
        )
        self._receiving.add_done_callback(self._received)

    def _begin(self, result: _Answer, expires_at: int) -> None:
        received, self._next_at = result
        if self.handler is None:
            self._return(received)
            return
        for message in received:
            task = asyncio.get_running_loop().create_task(self._attempt(self.handler, message))
            self._current[task] = _Attempt(task, expires_at)

    def _received(self, future: asyncio.Future[_Answer]) -> None:
        self._receiving = None
        error = None if future.cancelled() else future.exception()
        if error is not None:
            _log.error("queue %s cannot be read: %s", self.spec.name, error)
            self._next_at = self._now() + 1000
            self._arm()
        elif self._look_again:
            self.wake()
        else:
            self._arm()
        self._settled()

    def _return(self, received: list[Received]) -> None:
        if received:
            receipts = [self._receipt(message) for message in received]
            now = self._now()
            self._database.write(lambda connection: messages.give_back(connection, receipts, now))

    async def _attempt(self, handler: Handler, message: Received) -> None:
        task = asyncio.current_task()
        assert task is not None
        failure: str | None = None
        try:
            await handler(self._delivery(message))
        except Exception as error:
            failure = (str(error) or type(error).__name__)[:_LONGEST_ERROR]
        except asyncio.CancelledError:
            if task.cancelling():
                # By us, at a stop or long past the timeout: no outcome, the message's own timeout decides.
                raise
            failure = "the attempt was cancelled"
        finally:
            self._current.pop(task, None)
            self._overdue.pop(task, None)
        self._recording.add(task)
        try:
            # Handed in before the next receive, so that a FIFO group moves on in the same transaction.
            recorded = self._record(self._receipt(message), failure)
            self.wake()
            await recorded
        except Exception as error:
            _log.error("queue %s: an outcome was not recorded, the event will run again: %s", self.spec.name, error)
        finally:
            self._recording.discard(task)
            self._settled()

    def _record(self, receipt: Receipt, failure: str | None) -> asyncio.Future[bool]:
        if failure is None:
            return self._database.write(lambda connection: messages.complete(connection, receipt))
        error, now, most = failure, self._now(), self.spec.max_receives
        retry_at = now + int(self.spec.retry_delay_s * 1000)
        return self._database.write(lambda connection: messages.fail(connection, receipt, error, now, retry_at, most))

    def _expire(self) -> None:
        """Attempts past their visibility timeout give up their slot; so many that hang are not kept for ever."""
        now = self._now()
        for attempt in list(self._current.values()):
            if attempt.expires_at > now:
                break
            del self._current[attempt.task]
            self._overdue[attempt.task] = attempt
        for attempt in list(self._overdue.values())[: max(len(self._overdue) - self.spec.slots, 0)]:
            del self._overdue[attempt.task]
            attempt.task.cancel()

    def _arm(self) -> None:
        """Set the one timer to the next moment something can happen without anybody calling."""
        if self.handler is None:
            self._disarm()
            return
        moments = [attempt.expires_at for attempt in list(self._current.values())[:1]]
        if self._next_at is not None and len(self._current) < self.spec.slots:
            moments.append(self._next_at)
        if not moments:
            return
        moment = min(moments)
        if self._timer_at is not None and self._timer_at <= moment:
            return
        self._disarm()
        self._timer_at = moment
        self._timer = self._clock.call_at(moment / 1000, self._due)

    def _due(self) -> None:
        self._timer = self._timer_at = None
        self.wake()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timer_at = None

    def pause(self) -> None:
        """Begin no more attempts."""
        self.handler = None
        self._disarm()

    async def close(self) -> None:
        """Take nothing more and cancel the handlers at work; their attempts count."""
        self.pause()
        for task in [*self._current, *self._overdue]:
            task.cancel()
        waiting: list[asyncio.Future[Any]] = [*self.attempts]
        if self._receiving is not None:
            waiting.append(self._receiving)
        if waiting:
            await asyncio.wait(waiting, timeout=_CANCEL_S)

    def _now(self) -> int:
        return int(self._clock.now() * 1000)

    def _receipt(self, message: Received) -> Receipt:
        return Receipt(self.spec.step_id, message.seq, message.receives)

    def _delivery(self, message: Received) -> Delivery:
        return Delivery(
            message_id=str(message.seq),
            queue=self.spec.step_id,
            topic=message.topic,
            data=codec.decode(message.body),
            trace_id=message.trace_id,
            flows=tuple(codec.decode(message.flows)),
            group_id=message.group_id,
            receive_count=message.receives,
            max_receives=self.spec.max_receives,
        )
