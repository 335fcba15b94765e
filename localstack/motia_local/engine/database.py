"""The only door to SQLite: one thread that owns the writing connection, and one that reads beside it.

Operations that arrive together share one transaction; each is answered when that transaction is committed. The log
is write-ahead with `synchronous=NORMAL`: a commit is in the operating system's hands before it is answered, so the
end of this process, `kill -9` included, loses nothing. Only a power cut may undo the last commits, and never leaves
a broken file.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from motia.errors import MotiaError, ProjectError
from motia_local.engine.schema import check, migrate

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]

DATABASE_FILE = "engine.sqlite3"
_BATCH = 1000  # operations in one transaction, so that the first of them need not wait for a flood behind it
_BUSY_TIMEOUT_S = 10.0  # another program, such as the sqlite3 shell, may hold the file for a moment
_WAL_LIMIT_BYTES = 64 << 20
_log = logging.getLogger("motia.engine")


class _Job(Generic[T]):
    """An operation and who waits for it."""

    __slots__ = ("future", "on_commit", "operation")

    def __init__(
        self, operation: Operation[T], future: asyncio.Future[T], on_commit: Callable[[T], None] | None
    ) -> None:
        self.operation = operation
        self.future = future
        self.on_commit = on_commit


class Database:
    """Open between `start` and `stop`; belongs to the loop it was started in.

    folder: where the file lives, or None for a database in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / DATABASE_FILE
        self._where = "memory" if self._file is None else str(self._file)
        self._arrived: list[_Job[Any]] = []
        self._running = False
        self._writer: _Thread | None = None
        self._reader: _Thread | None = None

    async def start(self) -> None:
        """Open the file and bring it to this version. ProjectError: not a database, or not one of ours."""
        self._loop = asyncio.get_running_loop()
        try:
            self._writer = _Thread("motia-engine-writer", self._open, self._settle, transactions=True)
            await self._writer.start(self._loop)
            if self._file is not None:
                self._reader = _Thread("motia-engine-reader", self._open_to_read, self._settle, transactions=False)
                await self._reader.start(self._loop)
        except BaseException:
            await self._end_threads()
            raise
        self._running = True

    async def stop(self) -> None:
        """Finish what was handed in, then close."""
        if not self._running:
            return
        self._hand_over()
        self._running = False
        await self._end_threads()

    async def _end_threads(self) -> None:
        threads = (self._reader, self._writer)
        self._reader = self._writer = None
        for thread in threads:
            if thread is not None:
                await thread.stop()

    def write(self, operation: Operation[T], on_commit: Callable[[T], None] | None = None) -> asyncio.Future[T]:
        """Run `operation` in the writer's thread; the future holds its result once that is committed.

        Operations run in the order of the calls. One that raises is undone alone and fails its own future; to that
        end it may be run twice, so it must not change anything but the database. on_commit: called in the loop,
        in the order of the commits, before anyone who waits for a future goes on.
        """
        future: asyncio.Future[T] = self._future()
        if not self._arrived:
            # What this turn of the loop brings goes over together: one wake-up of the thread, one transaction.
            self._loop.call_soon(self._hand_over)
        self._arrived.append(_Job(operation, future, on_commit))
        return future

    def read(self, operation: Operation[T]) -> asyncio.Future[T]:
        """Run a query that may take long beside the writer. It sees everything committed before the call."""
        if self._reader is None:
            return self.write(operation)
        future: asyncio.Future[T] = self._future()
        self._reader.jobs.put([_Job(operation, future, None)])
        return future

    def _future(self) -> asyncio.Future[Any]:
        if not self._running:
            raise ProjectError("the local engine is not running", where=self._where)
        return self._loop.create_future()

    def _hand_over(self) -> None:
        if self._arrived and self._writer is not None:
            jobs, self._arrived = self._arrived, []
            self._writer.jobs.put(jobs)

    def _settle(self, results: list[tuple[_Job[Any], Any, Exception | None]]) -> None:
        for job, result, error in results:
            if error is not None:
                if not job.future.done():
                    job.future.set_exception(self._explain(error))
                continue
            if job.on_commit is not None:
                try:
                    job.on_commit(result)
                except Exception:
                    _log.exception("a callback after a commit failed")
            if not job.future.done():
                job.future.set_result(result)

    def _explain(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.Error):
            return _refusal(error, self._where)
        return error

    def _open(self) -> sqlite3.Connection:
        if self._file is None:
            return _prepared(sqlite3.connect(":memory:", isolation_level=None, cached_statements=256), self._where)
        try:
            connection = sqlite3.connect(
                self._file, timeout=_BUSY_TIMEOUT_S, isolation_level=None, cached_statements=256
            )
            return _prepared(connection, self._where)
        except sqlite3.Error as error:
            raise _refusal(error, self._where) from error

    def _open_to_read(self) -> sqlite3.Connection:
        assert self._file is not None
        connection = sqlite3.connect(self._file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        connection.execute("PRAGMA query_only = ON")
        return connection


def _prepared(connection: sqlite3.Connection, where: str) -> sqlite3.Connection:
    try:
        check(connection, where)
        # Before the first table, or it has no effect: lets a file that once was large shrink.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
        migrate(connection)
        connection.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page only
    except BaseException:
        connection.close()
        raise
    return connection


def _refusal(error: sqlite3.Error, where: str) -> MotiaError:
    return ProjectError(
        f"the local database cannot be used: {error}",
        where=where,
        remedy="check that the disk has space and the folder may be written; a damaged file can be moved away,"
        " the engine then starts empty",
    )


class _Thread:
    """A connection and the thread that alone touches it. `jobs` takes lists of jobs, None ends it."""

    def __init__(
        self,
        name: str,
        open_connection: Callable[[], sqlite3.Connection],
        settle: Callable[[list[tuple[_Job[Any], Any, Exception | None]]], None],
        *,
        transactions: bool,
    ) -> None:
        self.jobs: queue.SimpleQueue[list[_Job[Any]] | None] = queue.SimpleQueue()
        self._open = open_connection
        self._settle = settle
        self._transactions = transactions
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    async def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._opened: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._thread.start()
        await asyncio.shield(self._opened)  # a start that is cancelled is still the thread's to settle

    async def stop(self) -> None:
        """Let it end, however far its start has come."""
        self.jobs.put(None)
        await asyncio.shield(self._closed)
        self._thread.join()

    def _run(self) -> None:
        try:
            connection = self._open()
        except Exception as error:
            self._tell(self._opened.set_exception, error)
            self._tell(self._closed.set_result, None)
            return
        self._tell(self._opened.set_result, None)
        ended = False
        while not ended:
            jobs = self.jobs.get()
            if jobs is None:
                break
            while len(jobs) < _BATCH and not self.jobs.empty():
                more = self.jobs.get()
                if more is None:
                    ended = True
                    break
                jobs = jobs + more
            for start in range(0, len(jobs), _BATCH):
                self._tell(self._settle, self._execute(connection, jobs[start : start + _BATCH]))
        connection.close()
        self._tell(self._closed.set_result, None)

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            _log.debug("the loop was closed before the engine was stopped; nobody waits for an answer")

    def _execute(
        self, connection: sqlite3.Connection, jobs: list[_Job[Any]]
    ) -> list[tuple[_Job[Any], Any, Exception | None]]:
        if not self._transactions:
            return [_attempt(connection, job) for job in jobs]
        try:
            connection.execute("BEGIN")
            results = [(job, job.operation(connection), None) for job in jobs]
            connection.execute("COMMIT")
        except Exception as error:
            _undo(connection)
            if len(jobs) == 1:
                return [(jobs[0], None, error)]
            # Find who is to blame: again, one by one.
            return [result for job in jobs for result in self._execute(connection, [job])]
        return list(results)


def _attempt(connection: sqlite3.Connection, job: _Job[Any]) -> tuple[_Job[Any], Any, Exception | None]:
    try:
        return job, job.operation(connection), None
    except Exception as error:
        return job, None, error


def _undo(connection: sqlite3.Connection) -> None:
    # A full disk, for one, makes SQLite undo on its own.
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            _log.exception("the local database did not undo a failed transaction")
