"""The embedded engine against the same statements on plain SQLite, in one run.

An event is three commits: stored, received, done. The baseline does them one after the other in one thread, without
asyncio and without a transaction shared. Budget: 333 us an event, 3,000 events a second.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from motia.backend import Message, Subscriber
from motia_local.engine import Delivery, Engine, QueueSpec

EVENTS = 10_000
CALLS = 1_000
PAYLOAD = {"order": "x" * 200}


def plain(folder: Path) -> float:
    """Seconds an event on bare sqlite3."""
    connection = sqlite3.connect(folder / "plain.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE messages (seq INTEGER PRIMARY KEY, visible_at INTEGER, body TEXT)")
    connection.execute("CREATE INDEX ready ON messages (visible_at)")
    body = "x" * 200
    began = time.perf_counter()
    for n in range(EVENTS):
        connection.execute("INSERT INTO messages VALUES (?, ?, ?)", (n, n, body))
        connection.execute("UPDATE messages SET visible_at = ? WHERE seq = ?", (n + 1, n)).fetchall()
        connection.execute("DELETE FROM messages WHERE seq = ?", (n,))
    taken = time.perf_counter() - began
    connection.close()
    return taken / EVENTS


@asynccontextmanager
async def engine(folder: Path | None, *, fifo: bool) -> AsyncIterator[tuple[Engine, list[float]]]:
    """A running engine with one consumed queue, and the moments its handler began."""
    running = Engine(folder)
    await running.start()
    await running.queues.configure([QueueSpec("work", "Work", fifo=fifo)])
    begun: list[float] = []

    async def handler(delivery: Delivery) -> None:
        begun.append(time.perf_counter())

    running.queues.consume("work", handler)
    try:
        yield running, begun
    finally:
        await running.stop()


def message(n: int, *, fifo: bool) -> Message:
    group = f"group-{n % 20}" if fifo else None
    return Message(Subscriber("Work", "work", fifo), "topic", PAYLOAD, "T", (), group, str(n))


async def throughput(folder: Path | None, *, fifo: bool) -> float:
    """Seconds an event, published by 16 at once and consumed meanwhile."""
    async with engine(folder, fifo=fifo) as (running, begun):

        async def publish(first: int) -> None:
            for n in range(first, EVENTS, 16):
                await running.events.publish([message(n, fifo=fifo)])

        began = time.perf_counter()
        await asyncio.gather(*(publish(first) for first in range(16)))
        assert await running.queues.wait_idle(120)
        assert len(begun) == EVENTS
        return (time.perf_counter() - began) / EVENTS


async def latencies(folder: Path) -> tuple[float, float, float]:
    """Median seconds from a publish to its handler, of a state.set and of a state.get, one at a time."""
    async with engine(folder, fifo=False) as (running, begun):
        sent = []
        for n in range(CALLS):
            sent.append(time.perf_counter())
            await running.events.publish([message(n, fifo=False)])
            assert await running.queues.wait_idle(10)
        moved = statistics.median(to - at for at, to in zip(sent, begun, strict=True))
        set_s, get_s = [], []
        for n in range(CALLS):
            began = time.perf_counter()
            await running.state.set("group", str(n), PAYLOAD)
            set_s.append(time.perf_counter() - began)
        for n in range(CALLS):
            began = time.perf_counter()
            await running.state.get("group", str(n))
            get_s.append(time.perf_counter() - began)
        return moved, statistics.median(set_s), statistics.median(get_s)


def row(name: str, ours: float, baseline: float | None = None) -> dict[str, Any]:
    ratio = None if baseline is None else ours / baseline
    return {
        "name": name,
        "ours": ours * 1e6,
        "baseline": None if baseline is None else baseline * 1e6,
        "ratio": ratio,
        "unit": "us",
    }


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = []
        for name, place, fifo in [
            ("event, published and consumed, standard queue", folder / "standard", False),
            ("event, published and consumed, FIFO queue of 20 groups", folder / "fifo", True),
            ("event, published and consumed, in memory", None, False),
        ]:
            rows.append(row(name, asyncio.run(throughput(place, fifo=fifo)), plain(folder)))
            (folder / "plain.sqlite3").unlink()
        moved, set_s, get_s = asyncio.run(latencies(folder / "latency"))
        rows.append(row("from publish to its handler, one at a time (p50)", moved))
        rows.append(row("state.set, one at a time (p50)", set_s))
        rows.append(row("state.get, one at a time (p50)", get_s))
        return rows
