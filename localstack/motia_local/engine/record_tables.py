"""The tables of logs and traces, inside transactions of the writer."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from motia_local.engine.record_codec import LogRow, TraceRow

_SPARE = 10  # one tenth above a limit before anything is trimmed, and then one tenth below: trimming is rare


@dataclass(frozen=True)
class Usage:
    """How much a table holds. bytes: of JSON."""

    rows: int
    bytes: int

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.rows + other.rows, self.bytes + other.bytes)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.rows - other.rows, self.bytes - other.bytes)


@dataclass(frozen=True)
class LogQuery:
    """Conditions on log records, those that are None left out."""

    trace_id: str | None
    step: str | None
    levels: tuple[str, ...] | None
    since: int | None
    after: int | None
    before: int | None
    limit: int


@dataclass(frozen=True)
class GroupQuery:
    """Conditions on trace groups, those that are None left out. before: start time and id of the last one seen."""

    step: str | None
    status: str | None
    since: int | None
    before: tuple[int, str] | None
    limit: int


def add_logs(connection: sqlite3.Connection, rows: list[LogRow], usage: Usage, most: int, most_bytes: int) -> Usage:
    """Store rows, trim the table when it has grown too large, return what it holds."""
    connection.executemany(
        "INSERT INTO logs (time, size, level, trace_id, step, record) VALUES (?, ?, ?, ?, ?, ?)",
        [(row.time, len(row.record), row.level, row.trace_id, row.step, row.record) for row in rows],
    )
    added = Usage(usage.rows + len(rows), usage.bytes + sum(len(row.record) for row in rows))
    return _trim(connection, "logs", added, most, most_bytes)


def add_traces(connection: sqlite3.Connection, rows: list[TraceRow], usage: Usage, most: int, most_bytes: int) -> Usage:
    """Store or replace rows, trim the table when it has grown too large, return what it holds."""
    count, size = usage.rows, usage.bytes
    for row in rows:
        old = connection.execute("SELECT size FROM traces WHERE id = ?", (row.id,)).fetchone()
        connection.execute(
            "INSERT INTO traces (id, trace_group, name, status, start_time, end_time, size, trace)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
            " end_time = excluded.end_time, size = excluded.size, trace = excluded.trace",
            (row.id, row.group, row.name, row.status, row.start_time, row.end_time, len(row.trace), row.trace),
        )
        count += old is None
        size += len(row.trace) - (0 if old is None else old[0])
    connection.executemany(
        "INSERT OR IGNORE INTO trace_groups VALUES (?, ?, ?)", [(row.group, row.start_time, row.name) for row in rows]
    )
    kept = _trim(connection, "traces", Usage(count, size), most, most_bytes)
    if kept.rows < count:
        _drop_empty_groups(connection)
    return kept


def _trim(connection: sqlite3.Connection, table: str, usage: Usage, most: int, most_bytes: int) -> Usage:
    if usage.rows <= most + most // _SPARE and usage.bytes <= most_bytes + most_bytes // _SPARE:
        return usage
    rows, size, last = usage.rows, usage.bytes, 0
    for seq, length in connection.execute(f"SELECT seq, size FROM {table} ORDER BY seq"):
        if rows <= most - most // _SPARE and size <= most_bytes - most_bytes // _SPARE:
            break
        rows, size, last = rows - 1, size - length, seq
    connection.execute(f"DELETE FROM {table} WHERE seq <= ?", (last,))
    return Usage(rows, size)


def _drop_empty_groups(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM trace_groups WHERE id NOT IN (SELECT trace_group FROM traces)")


def expire(connection: sqlite3.Connection, oldest: int) -> tuple[Usage, Usage]:
    """Remove what began before `oldest`, milliseconds; how that changes logs, and traces."""
    # Rows stand in order of arrival: the search ends at the first that may stay.
    before = "seq < coalesce((SELECT seq FROM {} WHERE {} >= ? ORDER BY seq LIMIT 1), 9223372036854775807)"
    logs = _remove(connection, "logs", before.format("logs", "time"), oldest)
    traces = _remove(connection, "traces", before.format("traces", "start_time"), oldest)
    if traces.rows:
        _drop_empty_groups(connection)
    return logs, traces


def _remove(connection: sqlite3.Connection, table: str, condition: str, *values: object) -> Usage:
    sizes = connection.execute(f"DELETE FROM {table} WHERE {condition} RETURNING size", values).fetchall()
    return Usage(-len(sizes), -sum(size for (size,) in sizes))


def usage(connection: sqlite3.Connection) -> tuple[Usage, Usage]:
    """What logs and traces hold; reads every row, so ask once."""
    logs, traces = (
        Usage(*connection.execute(f"SELECT count(*), coalesce(sum(size), 0) FROM {table}").fetchone())
        for table in ("logs", "traces")
    )
    return logs, traces


def select_logs(connection: sqlite3.Connection, query: LogQuery) -> list[tuple[int, str]]:
    """(seq, record) of the records that match, oldest first."""
    levels = query.levels or ()
    conditions: dict[str, tuple[object, ...]] = {
        "trace_id = ?": (query.trace_id,),
        "step = ?": (query.step,),
        "time >= ?": (query.since,),
        "seq > ?": (query.after,),
        "seq < ?": (query.before,),
    }
    given = {condition: value for condition, value in conditions.items() if value != (None,)}
    if query.levels is not None:
        given[f"level IN ({', '.join('?' * len(levels))})"] = levels
    where = f"WHERE {' AND '.join(given)}" if given else ""
    order = "DESC" if query.after is None else "ASC"
    values = [value for some in given.values() for value in some]
    rows = connection.execute(
        f"SELECT seq, record FROM logs {where} ORDER BY seq {order} LIMIT ?", (*values, query.limit)
    ).fetchall()
    return rows[::-1] if query.after is None else rows


def newest_log(connection: sqlite3.Connection) -> int | None:
    """The seq of the newest record."""
    newest: int | None = connection.execute("SELECT max(seq) FROM logs").fetchone()[0]
    return newest


_HAS = "EXISTS (SELECT 1 FROM traces WHERE trace_group = trace_groups.id AND {})"
_FAILED = _HAS.format("status = 'failed'")
_STATUS = {
    "failed": _FAILED,
    "running": _HAS.format("status = 'running'") + f" AND NOT {_FAILED}",
    "completed": "NOT " + _HAS.format("status != 'completed'"),
}


def select_groups(
    connection: sqlite3.Connection, query: GroupQuery
) -> list[tuple[str, str, int, int | None, int, str]]:
    """(id, name, start, end, number of traces, status) of the groups that match, newest first."""
    conditions: dict[str, tuple[object, ...]] = {"true": ()}
    if query.since is not None:
        conditions["start_time >= ?"] = (query.since,)
    if query.before is not None:
        time, id = query.before
        conditions["(start_time < ? OR (start_time = ? AND id > ?))"] = (time, time, id)
    if query.step is not None:
        conditions[_HAS.format("name = ?")] = (query.step,)
    if query.status is not None:
        conditions[_STATUS[query.status]] = ()
    page = (
        f"SELECT id, name, start_time FROM trace_groups WHERE {' AND '.join(conditions)}"
        " ORDER BY start_time DESC, id LIMIT ?"
    )
    return connection.execute(
        f"WITH page AS ({page}) SELECT page.id, page.name, page.start_time,"
        " CASE WHEN total(status = 'running') THEN NULL ELSE max(end_time) END, count(*),"
        " CASE WHEN total(status = 'failed') THEN 'failed' WHEN total(status = 'running') THEN 'running'"
        " ELSE 'completed' END FROM page JOIN traces ON trace_group = page.id GROUP BY page.id"
        " ORDER BY page.start_time DESC, page.id",
        (*(value for some in conditions.values() for value in some), query.limit),
    ).fetchall()


def clear_logs(connection: sqlite3.Connection) -> tuple[Usage, Usage]:
    """Remove all log records; how that changes logs, and traces."""
    return _remove(connection, "logs", "true"), Usage(0, 0)


def clear_traces(connection: sqlite3.Connection) -> tuple[Usage, Usage]:
    """Remove all traces and their groups; how that changes logs, and traces."""
    connection.execute("DELETE FROM trace_groups")
    return Usage(0, 0), _remove(connection, "traces", "true")
