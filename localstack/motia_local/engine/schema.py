"""The tables, and how a database of an older version becomes one of this version.

`PRAGMA user_version` counts the migrations a database has seen. A released migration never changes; a new one is
added behind it. Times are integers, milliseconds since the epoch. Large columns stand last in their rows, so that a
scan over the small ones does not read them.
"""

from __future__ import annotations

import sqlite3

from motia.errors import ProjectError

# RETURNING, which receives and settles messages in one statement, came with SQLite 3.35 (2021).
OLDEST_SQLITE = (3, 35, 0)

_VERSION_1 = """
CREATE TABLE queues (
    step_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    fifo INTEGER NOT NULL
) WITHOUT ROWID;

-- One row a message and subscriber. `seq` is the message id and the order of arrival, and is never used again.
-- `lane`: the message group on a FIFO queue, NULL on a standard one. `head`: the message may be received when
-- `visible_at` has come; on a FIFO queue only the first of its lane. `receives` counts the attempts begun and is at
-- the same time the receipt: an outcome counts only if no other attempt has begun since.
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    visible_at INTEGER NOT NULL,
    head INTEGER NOT NULL,
    in_flight INTEGER NOT NULL DEFAULT 0,
    receives INTEGER NOT NULL DEFAULT 0,
    lane TEXT,
    sent_at INTEGER NOT NULL,
    first_received_at INTEGER,
    topic TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    flows TEXT NOT NULL,
    group_id TEXT,
    error TEXT,
    body TEXT NOT NULL
);
CREATE INDEX messages_ready ON messages (queue, visible_at, seq) WHERE head = 1;
CREATE INDEX messages_lane ON messages (queue, lane, seq) WHERE lane IS NOT NULL;

CREATE TABLE dead_letters (
    seq INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    first_received_at INTEGER,
    failed_at INTEGER NOT NULL,
    topic TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    flows TEXT NOT NULL,
    group_id TEXT,
    error TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX dead_letters_queue ON dead_letters (queue, seq);

CREATE TABLE deduplication (
    queue TEXT NOT NULL,
    dedup_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (queue, dedup_id)
) WITHOUT ROWID;
CREATE INDEX deduplication_expiry ON deduplication (expires_at);

CREATE TABLE state (
    grp TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (grp, key)
);

-- `position`: the order of creation, kept by an update.
CREATE TABLE stream_items (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    grp TEXT NOT NULL,
    id TEXT NOT NULL,
    item TEXT NOT NULL,
    UNIQUE (stream, grp, id)
);
CREATE INDEX stream_items_group ON stream_items (stream, grp, position);

-- `tick`: the moment the lock was last taken for, so that one tick runs once.
CREATE TABLE locks (
    name TEXT PRIMARY KEY,
    lock_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    tick INTEGER,
    acquired_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE logs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    size INTEGER NOT NULL,
    level TEXT NOT NULL,
    trace_id TEXT,
    step TEXT,
    record TEXT NOT NULL
);
CREATE INDEX logs_trace ON logs (trace_id, seq);

CREATE TABLE trace_groups (
    id TEXT PRIMARY KEY,
    start_time INTEGER NOT NULL,
    name TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX trace_groups_start ON trace_groups (start_time);

CREATE TABLE traces (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    trace_group TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    size INTEGER NOT NULL,
    trace TEXT NOT NULL
);
CREATE INDEX traces_group ON traces (trace_group, seq);
"""

# Traces are found by Step and status too. Those kept before go: they tell of work that is done.
_VERSION_2 = """
DROP TABLE traces;
DELETE FROM trace_groups;
CREATE TABLE traces (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    trace_group TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    size INTEGER NOT NULL,
    trace TEXT NOT NULL
);
CREATE INDEX traces_group ON traces (trace_group, seq);
"""

MIGRATIONS: list[str] = [_VERSION_1, _VERSION_2]


def check(connection: sqlite3.Connection, where: str) -> None:
    """ProjectError if the database is from a newer version, or SQLite itself too old; changes nothing."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise ProjectError(
            f"this Python's SQLite is {sqlite3.sqlite_version}",
            allowed="SQLite {}.{} or newer".format(*OLDEST_SQLITE),
            remedy="use a Python built with a newer SQLite, such as one from `uv python install`",
        )
    found = _version(connection)
    if found > len(MIGRATIONS):
        raise ProjectError(
            f"the local database was written by a newer version of motia (schema {found}, this one knows"
            f" {len(MIGRATIONS)})",
            where=where,
            remedy="upgrade motia, or move the file away to start with an empty database",
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to this version."""
    found = _version(connection)
    for version, script in enumerate(MIGRATIONS[found:], start=found + 1):
        # One transaction each: a process that dies here leaves the version before.
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {version}; COMMIT;")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
