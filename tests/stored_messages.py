"""The messages in an engine's database, seen from outside."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

from motia_local.engine.database import DATABASE_FILE


def stored(folder: Path) -> dict[tuple[str, int], int]:
    """(queue, n) -> attempts begun, of every message in the database; read from a copy, as the next start finds it."""
    if not (folder / DATABASE_FILE).exists():
        return {}
    with tempfile.TemporaryDirectory() as copy:
        for file in folder.glob(f"{DATABASE_FILE}*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, copy)
        connection = sqlite3.connect(Path(copy) / DATABASE_FILE)
        try:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone():
                return {}
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = connection.execute("SELECT queue, json_extract(body, '$.n'), receives FROM messages").fetchall()
        finally:
            connection.close()
    return {(queue, n): receives for queue, n, receives in rows}
