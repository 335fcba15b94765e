"""What can be seen of the queues without changing them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

from motia_local.engine import codec
from motia_local.engine.queue_model import DeadLetter, QueueCounts, QueueSpec, StoredMessage


def any_message(connection: sqlite3.Connection, queues: Collection[str]) -> bool:
    """Whether one of these queues holds a message in any state."""
    query = "SELECT 1 FROM messages WHERE queue = ? AND head = 1 LIMIT 1"  # a queue with messages has a head
    return any(connection.execute(query, (queue,)).fetchone() for queue in queues)


def next_moment(connection: sqlite3.Connection, queues: Collection[str], now: int) -> tuple[bool, int | None]:
    """Whether an attempt goes on or may begin, and the moment in milliseconds at which the next one may."""
    marks = ", ".join("?" * len(queues))
    busy, moment = connection.execute(
        f"SELECT total(in_flight OR visible_at <= ?), min(CASE WHEN NOT in_flight THEN visible_at END) FROM messages"
        f" WHERE head = 1 AND queue IN ({marks})",
        (now, *queues),
    ).fetchone()
    return bool(busy), moment


def counts(
    connection: sqlite3.Connection, specs: Mapping[str, QueueSpec], consumed: Collection[str], now: int
) -> list[QueueCounts]:
    """specs: the configured queues. Others appear while they have messages or dead letters."""
    known = {row[0]: row[1:] for row in connection.execute("SELECT step_id, name, fifo FROM queues")}
    waiting = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT queue, sum(visible_at <= ?1), sum(visible_at > ?1 AND in_flight),"
            " sum(visible_at > ?1 AND NOT in_flight) FROM messages GROUP BY queue",
            (now,),
        )
    }
    dead = dict(connection.execute("SELECT queue, count(*) FROM dead_letters GROUP BY queue").fetchall())
    found = []
    for step_id in sorted({*specs, *waiting, *dead}):
        visible, in_flight, delayed = waiting.get(step_id, (0, 0, 0))
        name, fifo = known.get(step_id, (step_id, 0))
        found.append(
            QueueCounts(
                step_id,
                name,
                bool(fifo),
                visible,
                in_flight,
                delayed,
                dead.get(step_id, 0),
                configured=step_id in specs,
                consumed=step_id in consumed,
            )
        )
    return found


def peek(connection: sqlite3.Connection, queue: str, limit: int) -> list[StoredMessage]:
    rows = connection.execute(
        "SELECT seq, queue, topic, body, trace_id, flows, group_id, receives, sent_at, visible_at, in_flight, error"
        " FROM messages WHERE queue = ? ORDER BY seq LIMIT ?",
        (queue, limit),
    )
    return [
        StoredMessage(
            str(seq), name, topic, codec.decode(body), trace_id, tuple(codec.decode(flows)), group_id, receives,
            sent_at, visible_at, bool(in_flight), error,
        )
        for seq, name, topic, body, trace_id, flows, group_id, receives, sent_at, visible_at, in_flight, error in rows
    ]  # fmt: skip


def dead_letters(connection: sqlite3.Connection, queue: str, limit: int) -> list[DeadLetter]:
    rows = connection.execute(
        "SELECT seq, queue, topic, body, trace_id, flows, group_id, attempts, error, sent_at, first_received_at,"
        " failed_at FROM dead_letters WHERE queue = ? ORDER BY seq LIMIT ?",
        (queue, limit),
    )
    return [
        DeadLetter(
            str(seq), name, topic, codec.decode(body), trace_id, tuple(codec.decode(flows)), group_id, attempts,
            error, sent_at, first_at, failed_at,
        )
        for seq, name, topic, body, trace_id, flows, group_id, attempts, error, sent_at, first_at, failed_at in rows
    ]  # fmt: skip
