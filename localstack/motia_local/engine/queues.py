"""The queues of all event Steps: configured, filled, consumed, looked into."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable

from motia.backend import Message
from motia.errors import ProjectError
from motia_local.engine import codec, messages, queue_views
from motia_local.engine.clock import Clock
from motia_local.engine.consumer import Consumer, Handler
from motia_local.engine.database import Database
from motia_local.engine.messages import Outgoing
from motia_local.engine.queue_model import DeadLetter, QueueCounts, QueueSpec, StoredMessage


class Queues:
    """SQS semantics: visibility, delay, retries, dead letters, FIFO groups. `queue` arguments are Step ids.

    Every message has at least one attempt and at most `max_retries + 1`. An attempt begins with a commit, so that a
    message that kills the process comes to its end as well; success is recorded with a commit, and from then on the
    message does not run again.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._specs: dict[str, QueueSpec] = {}
        self._gone: dict[str, QueueSpec] = {}  # queues of Steps that were there once: their kind still counts
        self._consumers: dict[str, Consumer] = {}
        self._waiting: set[asyncio.Event] = set()

    async def start(self) -> None:
        """Take up what another process left: its attempts are over, too old messages go."""
        now = self._now()

        def operation(connection: sqlite3.Connection) -> list[tuple[str, str, int]]:
            messages.resume(connection, now)
            messages.expire(connection, now)
            return connection.execute("SELECT step_id, name, fifo FROM queues").fetchall()

        for step_id, name, fifo in await self._database.write(operation):
            self._gone[step_id] = QueueSpec(step_id, name, bool(fifo))

    async def tidy(self) -> None:
        """Forget what is too old: deduplication ids, messages and dead letters past their retention."""
        now = self._now()
        await self._database.write(lambda connection: messages.expire(connection, now))

    async def stop(self) -> None:
        """Cancel the handlers at work; their messages are visible again after the next start."""
        await asyncio.gather(*(consumer.close() for consumer in self._consumers.values()))

    async def configure(self, specs: Iterable[QueueSpec]) -> None:
        """Make these the queues. Others are not consumed, and keep their messages until they are back."""
        wanted = {spec.step_id: spec for spec in specs}
        known = self._gone | self._specs
        changed = [
            spec
            for spec in wanted.values()
            if (old := known.get(spec.step_id)) is None or (old.name, old.fifo) != (spec.name, spec.fifo)
        ]
        if changed:
            await self._database.write(lambda connection: _store(connection, changed))
        self._gone = {key: spec for key, spec in known.items() if key not in wanted}
        self._specs = wanted
        for step_id, consumer in self._consumers.items():
            if step_id in wanted:
                consumer.spec = wanted[step_id]
                consumer.wake()
            else:
                consumer.pause()

    def consume(self, step_id: str, handler: Handler) -> None:
        """Run `handler` for the messages of a queue, from now on; replaces a handler that was given before.

        It raises to fail the attempt. ProjectError: the queue is not configured.
        """
        spec = self._specs.get(step_id)
        if spec is None:
            raise ProjectError(
                f"there is no queue for the Step {step_id!r}", allowed=", ".join(sorted(self._specs)) or "none"
            )
        consumer = self._consumers.get(step_id)
        if consumer is None:
            consumer = self._consumers[step_id] = Consumer(spec, self._database, self._clock, self._settle)
        consumer.handler = handler
        consumer.wake()

    async def stop_consuming(self, step_id: str, *, grace_s: float = 0.0) -> None:
        """Begin no more attempts. Those at work go on, and their outcomes count; wait for them up to `grace_s`."""
        consumer = self._consumers.get(step_id)
        if consumer is None:
            return
        consumer.pause()
        if grace_s > 0 and consumer.attempts:
            await asyncio.wait(consumer.attempts, timeout=grace_s)
        self._settle()

    async def publish(self, outgoing: Iterable[Message]) -> None:
        """Store one row a message, all or none; on disk when it returns."""
        now = self._now()
        rows = [self._row(message, now) for message in outgoing]
        if not rows:
            return
        stored = self._database.write(lambda connection: messages.send(connection, rows))
        # The receive follows the send into the same transaction.
        self._wake({row.queue for row in rows})
        await stored

    def _row(self, message: Message, now: int) -> Outgoing:
        step_id = message.subscriber.id
        spec = self._specs.get(step_id) or self._gone.get(step_id)
        if spec is None:
            # Its Step has just gone, or is just coming: accepted all the same.
            spec = QueueSpec(step_id, message.subscriber.name, message.subscriber.fifo)
        return Outgoing(
            queue=step_id,
            lane=(message.group_id or "") if spec.fifo else None,
            topic=message.topic,
            body=codec.encode(message.data),
            trace_id=message.trace_id,
            flows=codec.encode(message.flows),
            group_id=message.group_id,
            dedup_id=message.dedup_id,
            sent_at=now,
            visible_at=now + int(spec.delay_s * 1000),
        )

    def _wake(self, step_ids: Iterable[str]) -> None:
        for step_id in step_ids:
            consumer = self._consumers.get(step_id)
            if consumer is not None:
                consumer.wake()

    async def wait_idle(self, timeout_s: float) -> bool:
        """True when no consumed queue has a message, not even a delayed one; False after `timeout_s` seconds."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(timeout_s):
                while not await self._idle():
                    await changed.wait()
                    changed.clear()
                return True
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(changed)

    async def wait_settled(self, timeout_s: float) -> float | None:
        """Wait until no attempt goes on and none can begin before time passes; the moment in seconds since the epoch
        at which the next one may, None without messages. TimeoutError after `timeout_s` seconds."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    now, consumed = self._now(), self._consumed()
                    busy, moment = await self._database.write(
                        lambda connection, now=now, consumed=consumed: queue_views.next_moment(  # type: ignore[misc]
                            connection, consumed, now
                        )
                    )
                    if not busy:
                        return None if moment is None else moment / 1000
                    await changed.wait()
                    changed.clear()
        finally:
            self._waiting.discard(changed)

    def _settle(self) -> None:
        for changed in self._waiting:
            changed.set()

    async def _idle(self) -> bool:
        consumed = self._consumed()
        return not await self._database.write(lambda connection: queue_views.any_message(connection, consumed))

    def _consumed(self) -> frozenset[str]:
        return frozenset(key for key, consumer in self._consumers.items() if consumer.handler is not None)

    async def counts(self) -> list[QueueCounts]:
        """Every queue that is configured or has messages, by Step id."""
        now, specs, consumed = self._now(), dict(self._specs), self._consumed()
        return await self._database.read(lambda connection: queue_views.counts(connection, specs, consumed, now))

    async def peek(self, queue: str, *, limit: int = 100) -> list[StoredMessage]:
        """The oldest messages of a queue, whatever their state; changes nothing."""
        return await self._database.read(lambda connection: queue_views.peek(connection, queue, limit))

    async def dead_letters(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        """The oldest dead letters of a queue."""
        return await self._database.read(lambda connection: queue_views.dead_letters(connection, queue, limit))

    async def redrive(self, queue: str, message_id: str | None = None) -> int:
        """Send one dead letter, or all of a queue, again, as new messages with all their attempts; how many."""
        now = self._now()
        spec = self._specs.get(queue) or self._gone.get(queue)
        fifo = spec is not None and spec.fifo
        moved = self._database.write(
            lambda connection: messages.redrive(connection, queue, message_id, fifo=fifo, now=now)
        )
        self._wake([queue])
        return await moved

    async def purge(self, queue: str, *, dead: bool = False) -> int:
        """Remove all messages of a queue, those in flight included, or all its dead letters; how many."""
        table = "dead_letters" if dead else "messages"
        removed = await self._database.write(
            lambda connection: connection.execute(f"DELETE FROM {table} WHERE queue = ?", (queue,)).rowcount
        )
        self._settle()
        return removed

    def _now(self) -> int:
        return int(self._clock.now() * 1000)


def _store(connection: sqlite3.Connection, specs: list[QueueSpec]) -> None:
    for spec in specs:
        known = connection.execute("SELECT fifo FROM queues WHERE step_id = ?", (spec.step_id,)).fetchone()
        connection.execute("REPLACE INTO queues VALUES (?, ?, ?)", (spec.step_id, spec.name, spec.fifo))
        if known is None or bool(known[0]) != spec.fifo:
            messages.set_kind(connection, spec.step_id, fifo=spec.fifo)
