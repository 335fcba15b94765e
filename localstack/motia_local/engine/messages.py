"""Messages in the database: each function is one step in a message's life, inside a transaction of the writer.

send -> receive -> complete                      the message is gone
                -> fail     -> receive -> ...    visible again after the retry delay
                -> (silence)-> receive -> ...    visible again after the visibility timeout, or a restart
                -> bury                          the last attempt: a dead letter
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from motia_local.engine.queue_model import DEDUPLICATION_S, RETENTION_S

UNFINISHED = "the attempt did not finish: its visibility timeout passed, or the process ended"


@dataclass(frozen=True)
class Outgoing:
    """A message to be stored; body and flows are JSON. lane: the message group on a FIFO queue, else None."""

    queue: str
    lane: str | None
    topic: str
    body: str
    trace_id: str
    flows: str
    group_id: str | None
    dedup_id: str
    sent_at: int
    visible_at: int


@dataclass(frozen=True)
class Received:
    """A message an attempt begins with."""

    seq: int
    receives: int
    topic: str
    body: str
    trace_id: str
    flows: str
    group_id: str | None


@dataclass(frozen=True)
class Receipt:
    """Names one attempt of one message."""

    queue: str
    seq: int
    receives: int


_INSERT = """
INSERT INTO messages (queue, visible_at, lane, sent_at, topic, trace_id, flows, group_id, body, head)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {head})
"""
_INSERT_STANDARD = _INSERT.format(head="1")
_INSERT_FIFO = _INSERT.format(head="NOT EXISTS (SELECT 1 FROM messages WHERE queue = ? AND lane = ?)")


def _values(message: Outgoing) -> tuple[object, ...]:
    return (
        message.queue,
        message.visible_at,
        message.lane,
        message.sent_at,
        message.topic,
        message.trace_id,
        message.flows,
        message.group_id,
        message.body,
    )


def send(connection: sqlite3.Connection, messages: Iterable[Outgoing]) -> None:
    """Store messages, leaving out those a FIFO queue has seen in the last five minutes."""
    standard = []
    for message in messages:
        if message.lane is None:
            standard.append(_values(message))
        elif _unseen(connection, message):
            connection.execute(_INSERT_FIFO, (*_values(message), message.queue, message.lane))
    if standard:
        connection.executemany(_INSERT_STANDARD, standard)


def _unseen(connection: sqlite3.Connection, message: Outgoing) -> bool:
    if not message.dedup_id:
        return True
    expires_at = message.sent_at + DEDUPLICATION_S * 1000
    cursor = connection.execute(
        "INSERT INTO deduplication VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at"
        " WHERE expires_at <= ?",
        (message.queue, message.dedup_id, expires_at, message.sent_at),
    )
    return cursor.rowcount == 1


def receive(
    connection: sqlite3.Connection, queue: str, limit: int, now: int, invisible_until: int, max_receives: int
) -> tuple[list[Received], int | None]:
    """Begin attempts at up to `limit` messages, and say when to look again (None: when something is sent).

    Messages that had all their attempts and reported no outcome become dead letters here.
    """
    begun: list[Received] = []
    while len(begun) < limit:
        rows = connection.execute(
            "UPDATE messages SET receives = receives + 1, in_flight = 1, visible_at = ?,"
            " first_received_at = coalesce(first_received_at, ?) WHERE seq IN (SELECT seq FROM messages"
            " WHERE queue = ? AND head = 1 AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?)"
            " RETURNING seq, receives, topic, body, trace_id, flows, group_id",
            (invisible_until, now, queue, now, limit - len(begun)),
        ).fetchall()
        exhausted = [row for row in rows if row[1] > max_receives]
        begun.extend(Received(*row) for row in rows if row[1] <= max_receives)
        for row in exhausted:
            connection.execute("UPDATE messages SET receives = receives - 1 WHERE seq = ?", (row[0],))
            _bury(connection, row[0], now, None)
        if not exhausted:
            break
    begun.sort(key=lambda message: message.seq)
    if len(begun) == limit:
        return begun, now
    next_at = connection.execute(
        "SELECT min(visible_at) FROM messages WHERE queue = ? AND head = 1 AND visible_at > ?", (queue, now)
    ).fetchone()[0]
    return begun, next_at


def complete(connection: sqlite3.Connection, receipt: Receipt) -> bool:
    """Record success; False when the message was received again since, or is gone."""
    rows = connection.execute(
        "DELETE FROM messages WHERE seq = ? AND receives = ? RETURNING lane, head", (receipt.seq, receipt.receives)
    ).fetchall()
    for lane, head in rows:
        if lane is not None and head:
            _advance(connection, receipt.queue, lane)
    return bool(rows)


def fail(
    connection: sqlite3.Connection, receipt: Receipt, error: str, now: int, retry_at: int, max_receives: int
) -> bool:
    """Record a failed attempt; True when it was the last one and the message is a dead letter now."""
    cursor = connection.execute(
        "UPDATE messages SET in_flight = 0, visible_at = ?, error = ? WHERE seq = ? AND receives = ?",
        (retry_at, error, receipt.seq, receipt.receives),
    )
    if cursor.rowcount == 0 or receipt.receives < max_receives:
        return False
    _bury(connection, receipt.seq, now, error)
    return True


def give_back(connection: sqlite3.Connection, receipts: Iterable[Receipt], now: int) -> None:
    """Undo a receive whose attempt never began."""
    connection.executemany(
        "UPDATE messages SET in_flight = 0, visible_at = ?, receives = receives - 1 WHERE seq = ? AND receives = ?",
        [(now, receipt.seq, receipt.receives) for receipt in receipts],
    )


def resume(connection: sqlite3.Connection, now: int) -> None:
    """At a start nobody works on anything: attempts that were in flight are over, and count."""
    connection.execute("UPDATE messages SET in_flight = 0, visible_at = ? WHERE in_flight = 1", (now,))


def _bury(connection: sqlite3.Connection, seq: int, now: int, error: str | None) -> None:
    connection.execute(
        "INSERT INTO dead_letters (seq, queue, attempts, sent_at, first_received_at, failed_at, topic, trace_id, flows,"
        " group_id, error, body) SELECT seq, queue, receives, sent_at, first_received_at, ?, topic, trace_id, flows,"
        " group_id, coalesce(?, ? || coalesce('; before: ' || error, '')), body FROM messages WHERE seq = ?",
        (now, error, UNFINISHED, seq),
    )
    for queue, lane, head in connection.execute(
        "DELETE FROM messages WHERE seq = ? RETURNING queue, lane, head", (seq,)
    ).fetchall():
        if lane is not None and head:
            _advance(connection, queue, lane)


def _advance(connection: sqlite3.Connection, queue: str, lane: str) -> None:
    """The next message of a group may be received."""
    connection.execute(
        "UPDATE messages SET head = 1 WHERE seq = (SELECT min(seq) FROM messages WHERE queue = ? AND lane = ?)",
        (queue, lane),
    )


def set_kind(connection: sqlite3.Connection, queue: str, *, fifo: bool) -> None:
    """Give the waiting messages of a queue the lanes and heads of its kind, after the kind was changed."""
    if not fifo:
        connection.execute("UPDATE messages SET lane = NULL, head = 1 WHERE queue = ?", (queue,))
        return
    connection.execute("UPDATE messages SET lane = coalesce(group_id, '') WHERE queue = ?", (queue,))
    connection.execute(
        "UPDATE messages SET head = (seq IN (SELECT min(seq) FROM messages WHERE queue = ?1 GROUP BY lane))"
        " WHERE queue = ?1",
        (queue,),
    )


def redrive(connection: sqlite3.Connection, queue: str, message_id: str | None, *, fifo: bool, now: int) -> int:
    """Send dead letters again, oldest first, each as a new message; how many."""
    wanted = "queue = ?1 AND (?2 IS NULL OR CAST(seq AS TEXT) = ?2)"
    rows = connection.execute(
        f"SELECT topic, body, trace_id, flows, group_id FROM dead_letters WHERE {wanted} ORDER BY seq",
        (queue, message_id),
    ).fetchall()
    connection.execute(f"DELETE FROM dead_letters WHERE {wanted}", (queue, message_id))
    send(
        connection,
        [
            Outgoing(queue, (group_id or "") if fifo else None, topic, body, trace_id, flows, group_id, "", now, now)
            for topic, body, trace_id, flows, group_id in rows
        ],
    )
    return len(rows)


def expire(connection: sqlite3.Connection, now: int) -> None:
    """Forget deduplication ids after five minutes, messages and dead letters after fourteen days."""
    connection.execute("DELETE FROM deduplication WHERE expires_at <= ?", (now,))
    oldest = now - RETENTION_S * 1000
    connection.execute("DELETE FROM dead_letters WHERE failed_at < ?", (oldest,))
    # Messages stand in order of arrival: the search ends at the first that may stay.
    for queue, lane in connection.execute(
        "DELETE FROM messages WHERE in_flight = 0 AND seq < coalesce((SELECT seq FROM messages WHERE sent_at >= ?"
        " ORDER BY seq LIMIT 1), 9223372036854775807) RETURNING queue, lane",
        (oldest,),
    ).fetchall():
        if lane is not None:
            _advance(connection, queue, lane)
