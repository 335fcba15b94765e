"""Logs and traces: written behind, kept for a while, bounded in number, bytes and age.

`add_log` and `add_trace` cost one JSON encoding; the database sees them in batches. What a killed process had not
written yet, at most some fifty milliseconds of it, is lost: records describe the work, they are not the work.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from motia_local.engine import codec, record_tables
from motia_local.engine.clock import Clock
from motia_local.engine.database import Database
from motia_local.engine.record_codec import LogRow, TraceRow, log_row, trace_row
from motia_local.engine.record_tables import Usage

_WRITE_AFTER_S = 0.05
_WRITE_AT = 500  # records waiting; then at once
_MOST_WAITING = 20_000  # more than this, because the disk does not keep up, and the oldest are dropped
_log = logging.getLogger("motia.engine")


@dataclass(frozen=True)
class Limits:
    """How much is kept of logs, and of traces. bytes: of JSON. max_age_s: seconds."""

    logs: int = 50_000
    log_bytes: int = 64 << 20
    traces: int = 20_000
    trace_bytes: int = 128 << 20
    max_age_s: float = 3 * 86_400


@dataclass(frozen=True)
class LogPage:
    """Records, oldest first. cursor: give it as `after` to get those that came later; before: as `before` for those
    that came earlier, None when there are none."""

    records: list[dict[str, Any]]
    cursor: int
    before: int | None = None


class Records:
    """The engine's logs and traces. Everything is called in the engine's loop."""

    def __init__(self, database: Database, clock: Clock, limits: Limits) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits
        self._logs: list[LogRow] = []
        self._traces: dict[str, TraceRow] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        self._log_usage = Usage(0, 0)
        self._trace_usage = Usage(0, 0)
        self._open = False
        self.dropped = 0

    async def start(self) -> None:
        """Learn what is there and let go of what is too old."""
        self._log_usage, self._trace_usage = await self._database.write(record_tables.usage)
        self._open = True
        await self.tidy()

    async def stop(self) -> None:
        """Write what waits; what comes later is not kept."""
        if self._open:
            self._open = False
            await self.flush()

    def add_log(self, record: dict[str, Any]) -> None:
        """Keep a log record: {id, traceId, flows, step, level, time (milliseconds), msg, ...}.

        `id` and `time` are added when missing. What is not JSON is kept as text; too long a record is shortened.
        """
        if not self._open:
            return
        if len(self._logs) >= _MOST_WAITING:
            del self._logs[: _MOST_WAITING // 2]
            self.dropped += _MOST_WAITING // 2
        self._logs.append(log_row(record, self._now()))
        self._schedule()

    def add_trace(self, trace: dict[str, Any]) -> None:
        """Keep a trace: {id, name, parentTraceId, status, startTime, endTime?, error?, entryPoint, events}.

        A later call with the same `id` replaces it. The first trace of a trace id opens its trace group.
        """
        if not self._open:
            return
        row = trace_row(trace, self._now())
        if row.id not in self._traces and len(self._traces) >= _MOST_WAITING:
            del self._traces[next(iter(self._traces))]
            self.dropped += 1
        self._traces[row.id] = row
        self._schedule()

    def _schedule(self) -> None:
        if self._writing is not None:
            return
        if len(self._logs) + len(self._traces) >= _WRITE_AT:
            self._write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_WRITE_AFTER_S, self._write)

    def _write(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None or not (self._logs or self._traces):
            return
        logs, self._logs = self._logs, []
        traces, self._traces = list(self._traces.values()), {}
        limits, log_usage, trace_usage = self._limits, self._log_usage, self._trace_usage

        def operation(connection: sqlite3.Connection) -> tuple[Usage, Usage]:
            return (
                record_tables.add_logs(connection, logs, log_usage, limits.logs, limits.log_bytes) - log_usage,
                record_tables.add_traces(connection, traces, trace_usage, limits.traces, limits.trace_bytes)
                - trace_usage,
            )

        self._writing = asyncio.ensure_future(self._finish(self._database.write(operation)))

    async def _finish(self, written: asyncio.Future[tuple[Usage, Usage]]) -> None:
        try:
            self._changed(await written)
        except Exception as error:
            _log.error("log records and traces were not kept: %s", error)
        finally:
            self._writing = None
            if self._logs or self._traces:
                self._schedule()

    async def flush(self) -> None:
        """Return when everything added before the call is written."""
        if self._writing is not None:
            await asyncio.shield(self._writing)
        self._write()
        if self._writing is not None:
            await asyncio.shield(self._writing)

    async def tidy(self) -> None:
        """Let go of what is too old."""
        await self.flush()
        oldest = self._now() - int(self._limits.max_age_s * 1000)
        self._changed(await self._database.write(lambda connection: record_tables.expire(connection, oldest)))

    def _changed(self, by: tuple[Usage, Usage]) -> None:
        self._log_usage += by[0]
        self._trace_usage += by[1]

    async def logs(
        self,
        *,
        trace_id: str | None = None,
        step: str | None = None,
        level: str | Collection[str] | None = None,
        since: int | None = None,
        after: int | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> LogPage:
        """Log records that match everything given, oldest first.

        The newest `limit` of them; with `after`, a cursor, the first `limit` behind it. level: one, or any of several.
        since: milliseconds.
        """
        await self.flush()
        levels = None if level is None else (level,) if isinstance(level, str) else tuple(level)
        query = record_tables.LogQuery(trace_id, step, levels, since, after, before, limit)

        def operation(connection: sqlite3.Connection) -> tuple[int | None, list[tuple[int, str]]]:
            # In this order: what comes between the two is in the page, or behind its cursor.
            return record_tables.newest_log(connection), record_tables.select_logs(connection, query)

        newest, rows = await self._database.read(operation)
        full = len(rows) >= limit
        last = rows[-1][0] if rows else 0
        cursor = last if full and after is not None else max(newest or after or 0, last)
        earlier = rows[0][0] if rows and (full or after is not None) else None
        return LogPage([codec.decode(text) for _, text in rows], cursor, earlier)

    async def trace_groups(
        self,
        *,
        step: str | None = None,
        status: str | None = None,
        since: int | None = None,
        before: tuple[int, str] | None = None,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """The newest trace groups that match everything given, newest first.

        {id, name, startTime, endTime, status, traces}: name of the Step that began, number of traces; endTime is None
        while one runs; status failed if one failed. step: has a trace of it. status: completed, failed or running.
        since: milliseconds. before: start time and id of a group, for those that began before it.
        """
        await self.flush()
        query = record_tables.GroupQuery(step, status, since, before, limit)
        rows = await self._database.read(lambda connection: record_tables.select_groups(connection, query))
        keys = ("id", "name", "startTime", "endTime", "traces", "status")
        return [dict(zip(keys, row, strict=True)) for row in rows]

    async def traces(self, trace_id: str, *, limit: int = 1000) -> list[dict[str, Any]]:
        """The traces of a trace group, in the order they began."""
        await self.flush()
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT trace FROM traces WHERE trace_group = ? ORDER BY seq LIMIT ?", (trace_id, limit)
            ).fetchall()
        )
        return [codec.decode(row[0]) for row in rows]

    async def clear_logs(self) -> None:
        """Forget all log records."""
        await self.flush()
        self._changed(await self._database.write(record_tables.clear_logs))

    async def clear_traces(self) -> None:
        """Forget all traces and trace groups."""
        await self.flush()
        self._changed(await self._database.write(record_tables.clear_traces))

    def _now(self) -> int:
        return int(self._clock.now() * 1000)
