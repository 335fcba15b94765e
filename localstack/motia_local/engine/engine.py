"""The embedded engine: queues, state, streams, locks and records of one project, in one SQLite file.

engine = Engine(root / ".motia")
await engine.start()
await engine.queues.configure(specs)
engine.queues.consume(step_id, handler)
await engine.events.publish(messages)
await engine.stop()
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from motia.backend import EventPublisher
from motia.errors import MotiaError, ProjectError
from motia_local.engine.clock import Clock, SystemClock, Timer
from motia_local.engine.database import Database
from motia_local.engine.folder_lock import FolderLock
from motia_local.engine.hub import Hub
from motia_local.engine.locks import LockStore
from motia_local.engine.queues import Queues
from motia_local.engine.records import Limits, Records
from motia_local.engine.state import StateStore
from motia_local.engine.streams import StreamStore

_TIDY_EVERY_S = 300.0
_log = logging.getLogger("motia.engine")


class Engine:
    """One engine a folder, used in one event loop between `start` and `stop`.

    folder: where the database lives, made when missing; None keeps everything in memory.
    """

    def __init__(self, folder: Path | None, *, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self._folder = folder
        self._lock = None if folder is None else FolderLock(folder)
        self._database = Database(folder)
        self.hub = Hub(self.clock)
        self.state = StateStore(self._database)
        self.streams = StreamStore(self._database, self.hub, self.clock)
        self.queues = Queues(self._database, self.clock)
        self.events: EventPublisher = self.queues
        self.locks = LockStore(self._database, self.clock)
        self.records = Records(self._database, self.clock, limits or Limits())
        self._tidying: Timer | None = None
        self._tidied: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Open the database and take up what was left in it.

        ProjectError: another process runs on the folder, the folder cannot be written, or the database is damaged or
        from a newer version.
        """
        if self._folder is not None:
            _make(self._folder)
        if self._lock is not None:
            self._lock.acquire()
        try:
            await self._database.start()
            await self.queues.start()
            await self.locks.start()
            await self.records.start()
        except BaseException:
            await self._database.stop()
            self._release()
            raise
        self._tidy_later()

    async def stop(self) -> None:
        """Cancel the handlers at work, write what is to be written, close. Harmless when not started."""
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        if self._tidied is not None:
            await self._tidied
        await self.queues.stop()
        await self.records.stop()
        await self._database.stop()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def _tidy_later(self) -> None:
        self._tidying = self.clock.call_at(self.clock.now() + _TIDY_EVERY_S, self._tidy)

    def _tidy(self) -> None:
        self._tidied = asyncio.ensure_future(self._forget_old())
        self._tidy_later()

    async def _forget_old(self) -> None:
        try:
            await self.queues.tidy()
            await self.records.tidy()
        except MotiaError as error:
            _log.error("old records were not removed: %s", error)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"the local engine's folder cannot be made: {error.strerror or error}",
            where=str(folder),
            remedy="move away what is in its place, or give the engine a folder that may be written",
        ) from error
