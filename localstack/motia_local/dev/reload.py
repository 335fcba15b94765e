"""What is saved is served: changes are waited for, compared with what was there, and taken by the server."""

from __future__ import annotations

import asyncio
import time

from motia.errors import MotiaError, ProjectError
from motia_local.dev.included import Included, find_included
from motia_local.dev.report import Reporter
from motia_local.dev.snapshot import Difference, Files, Interest, compare, matters, take
from motia_local.dev.typings import Typings
from motia_local.dev.watcher import Watcher
from motia_local.server.local import LocalServer, Superseded
from motia_project.model import Language

CLOCK_NS = 10_000_000  # by so much the time of a file may lag behind the clock
ABSENT_S = 0.3  # a file is missing for so long before it is gone
PATIENCE_S = 2.0  # with files that come and go
UNREAD = (0, 0, 0)  # of a file that has changed since the reading began that was the first to need it


class Reloader:
    """Reloads `server` when a file of its project changes.

    before: the files that the server has read. since: when it began to, in nanoseconds of `time.time_ns`.
    """

    def __init__(self, server: LocalServer, reporter: Reporter, before: Files, since: int) -> None:
        self._server = server
        self._reporter = reporter
        self._files = before
        self._since = since  # the last reading began
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._interest = Interest()
        self._watcher = Watcher(server.root, self._tell, lambda path: matters(server.root, path, self._interest))
        self._typings = Typings(reporter)
        self._tasks: list[asyncio.Task[None]] = []
        self._unserved: frozenset[Language] | None = frozenset()  # of what reloads have failed with since the last
        self._superseded = False  # the last reload gave way to a change, which may have been none

    def start(self) -> None:
        """Begin to watch."""
        self._take_interest()
        self._watcher.start()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._follow()), loop.create_task(self._refresh_types())]
        self._tasks[0].add_done_callback(self._ended)

    async def stop(self) -> None:
        """Watch no more; a reload at work is given up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._watcher.stop)

    def _ended(self, following: asyncio.Task[None]) -> None:
        if not following.cancelled() and (fault := following.exception()) is not None:
            what = f"saved files are not served any more: {type(fault).__name__}: {fault}"
            self._reporter.failed(ProjectError(what, remedy="Start the server again."))

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self._changed.set)

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._reload()
            except Superseded:
                self._superseded = True
            except MotiaError as wrong:
                self._reporter.failed(wrong)
            except OSError as wrong:  # such as no descriptor, or no process, to be had now
                self._reporter.failed(ProjectError(f"the system refuses: {wrong}", remedy="Save again to try again."))

    async def _reload(self) -> None:
        """Serve what has changed, and what has before and could not be served."""
        began = time.monotonic()
        self._since = time.time_ns()
        files, difference = await self._look_closely()
        self._files = files
        if not difference and not self._superseded:
            return
        self._superseded = False
        before = self._server.view
        if ".env" in difference.paths:
            self._server.renew_environment()
        languages = self._unserved = _both(self._unserved, difference.languages)
        report = await self._server.reload(languages, newer=self._changed)
        self._unserved = frozenset()
        self._reporter.reloaded(difference, before, self._server.view, report, time.monotonic() - began)
        self._take_interest()
        await self._refresh_types()

    async def _look_closely(self) -> tuple[Files, Difference]:
        """The files, and how they differ. One that is away may be put back by an editor, or by git: it is gone when it
        has been for a while in which nothing changes. What its Step is sent until then is not lost."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            self._changed.clear()
            interest, files = await asyncio.to_thread(self._look)
            difference = compare(self._files, files, interest)
            wait_s = min(ABSENT_S, patience - time.monotonic())
            if not difference.removed or wait_s <= 0:
                return files, difference
            try:
                await asyncio.wait_for(self._changed.wait(), wait_s)
            except TimeoutError:
                return files, difference

    def _look(self) -> tuple[Interest, Files]:
        """The files as they are, those that Steps have come to include among them."""
        interest = self._interest.beside(self._included())
        return interest, take(self._server.root, interest)

    def _included(self) -> Included:
        view = self._server.view
        return find_included(self._server.root, view.project.steps if view else ())

    def _take_interest(self) -> None:
        """Follow what the TypeScript and JavaScript files are made of now, and what Steps include."""
        interest = self._interest_now()
        if interest != self._interest:
            before = {path: seen for path, seen in self._files.items() if interest.includes(path)}
            new = {
                path: seen if seen[0] < self._since - CLOCK_NS else UNREAD
                for path, seen in take(self._server.root, interest).items()
                if path not in before  # what is new by its name is a change still to be told of
                and (path.startswith("../") or not self._interest.includes(path))
            }
            self._files = new | before
            if UNREAD in new.values():
                self._changed.set()
            self._interest = interest
            self._watcher.follow(frozenset((self._server.root / folder).resolve() for folder in interest.apart))

    def _interest_now(self) -> Interest:
        compiled, view = self._server.pool.code.last, self._server.view
        if compiled is None or view is None:
            return Interest(included=self._included())
        broken = any(problem.severity == "error" for problem in view.problems)
        inputs = frozenset(path for paths in compiled.inputs.values() for path in paths)
        return Interest(inputs, broken or bool(compiled.problems), self._included())

    async def _refresh_types(self) -> None:
        await asyncio.to_thread(self._typings.refresh, self._server.view)


def _both(one: frozenset[Language] | None, other: frozenset[Language] | None) -> frozenset[Language] | None:
    return None if one is None or other is None else one | other
