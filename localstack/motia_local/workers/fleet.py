"""The workers' lives: started, loaded with a generation of Steps, kept at a number, retired, replaced.

One worker more than needed waits as a spare, interpreter and runtime loaded, so that saved code is served without
waiting for a process to start. A load that ends its worker (a crash or an endless loop at import) is repeated without
the Step that did it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from motia.descriptor import BundleDescriptor
from motia.errors import ProjectError
from motia_local.workers.importing import HELLO_S, LOAD_S, READ_S, LoadLost, ask
from motia_local.workers.invocation import LoadFailure, LoadReport
from motia_local.workers.member import Member
from motia_local.workers.process import Owner, WorkerProcess
from motia_local.workers.progress import Progress

Launch = Callable[[int, int], list[str]]  # descriptors of the socket and of the shared numbers -> command line
Modules = Mapping[str, str]  # project file -> what to import for it

DRAIN_S = 2.0
HEALTHY_S = 1.0  # a worker that lived longer than this is replaced at once, one that did not after a growing pause
MAX_PAUSE_S = 5.0
MOST_SPARES_LOST = 3  # a package whose import ends a process must not end one after another


class Fleet:
    """Keeps `size` usable workers of the newest generation, and one spare."""

    def __init__(
        self, launch: Launch, *, cwd: Path, env: dict[str, str], size: int, owner: Owner, changed: Callable[[], None]
    ) -> None:
        self._launch = launch
        self._cwd = cwd
        self.env = env
        self.size = size
        self._owner = owner
        self._changed = changed
        self.members: list[Member] = []
        self.generation = 0
        self.descriptor = BundleDescriptor((), {})
        self._loadable = self.descriptor  # without the Steps whose import ends a worker
        self._modules: Modules | None = None
        self._report = LoadReport()
        self._step_ids: frozenset[str] = frozenset()
        self._by_process: dict[WorkerProcess, Member] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loading = asyncio.Lock()
        self.foreign_modules: list[str] = []  # packages outside the project that the newest generation imported
        self._starting = 0  # workers of the newest generation that are on their way
        self._reader: Member | None = None  # has read the files, will load them
        self._files: list[str] = []  # that are being read
        self._sparing = False  # the spare is on its way
        self._spares_lost = 0
        self._short_lives = 0
        self._closing = False

    def member(self, process: WorkerProcess) -> Member | None:
        return self._by_process.get(process)

    def plan(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine as a task that is kept until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # starting

    async def spawn(self) -> Member:
        """A new worker that has loaded nothing yet."""
        process = WorkerProcess(self._owner)
        member = self._by_process[process] = Member(process, Progress())  # it may speak, or end, before it has started
        try:
            await self._start(member)
        except BaseException:
            self._by_process.pop(process, None)
            raise
        if not member.dead:
            self.members.append(member)
        return member

    async def _start(self, member: Member, *descriptors: int, variables: Mapping[str, str] | None = None) -> None:
        """Start the process of a new member, which inherits `descriptors`. variables: of its environment, besides."""
        progress = member.progress
        env = {**self.env, **(variables or {})}
        try:
            inherited = (progress.fd, *descriptors)
            await member.process.start(lambda fd: self._launch(fd, progress.fd), inherited, self._cwd, env)
        finally:
            progress.close_fd()

    async def prestart(self) -> None:
        """Start the first workers before it is known what they will load; harmless when they are there."""
        for _ in range(self.size - len(self.members)):
            await self.spawn()

    async def _fresh(self) -> Member:
        """A worker that has imported nothing of the project."""
        for member in self.members:
            if member.spare:
                return member
        return await self.spawn()

    def knows(self, step: str) -> bool:
        """Whether a Step is, or with the first load may become, one to run."""
        return not self.generation or step in self._step_ids

    # reading and loading

    async def read(self, files: list[str], modules: Modules | None = None) -> list[dict[str, Any]] | None:
        """What `files` say, read by the worker that will load them; None when that ended the worker."""
        async with self._loading:
            if self._reader is not None:
                self.retire(self._reader)
            try:
                member = self._reader = await self._fresh()
                frame = {"t": "read", "files": files, "env": self.env, **_given(modules)}
                self._files = files
                answers: list[dict[str, Any]] = await ask(member, frame, patience_s=READ_S)
            except LoadLost:
                self._reader = None
                return None
            except asyncio.CancelledError:
                self._reader = None
                raise
            finally:
                self._files = []
            return answers

    @property
    def importing(self) -> str | None:
        """The file that is being imported now, to be read."""
        position = self._reader.progress.loading if self._reader is not None else 0
        return self._files[position - 1] if 0 < position <= len(self._files) else None

    async def load(
        self, descriptor: BundleDescriptor, modules: Modules | None = None, unreadable: Collection[str] = ()
    ) -> LoadReport:
        """Make `descriptor` the newest generation; return when one worker can run it, the others follow.

        Steps that cannot be imported are in the report; they go on in the newest older generation that has them.
        """
        began = time.monotonic()
        async with self._loading:
            known = [step for step in descriptor.steps if step.id in unreadable]
            lost = {step.id: LoadFailure("the file cannot be imported", step.file) for step in known}
            loadable = replace(descriptor, steps=tuple(step for step in descriptor.steps if step.id not in lost))
            generation = self.generation + 1
            while True:
                reader, self._reader = self._reader, None
                member = reader if reader is not None and not reader.dead else await self._fresh()
                try:
                    failures = await self._load_member(member, loadable, modules, generation)
                    break
                except LoadLost as end:
                    if end.position is None or end.position >= len(loadable.steps):
                        what = f"a worker ended while it was starting: {end.how}"
                        raise ProjectError(what, where=str(self._cwd)) from None
                    step = loadable.steps[end.position]
                    lost[step.id] = LoadFailure(f"importing it ended the worker ({end.how})", step.file)
                    loadable = replace(loadable, steps=tuple(s for s in loadable.steps if s.id != step.id))
            self.generation, self.descriptor, self._loadable = generation, descriptor, loadable
            self._modules = modules
            self._step_ids = frozenset(step.id for step in descriptor.steps)
            self._short_lives = 0
            self.retire_unneeded({*failures, *lost})
            self._changed()
            self.ensure()
            self._report = LoadReport({**failures, **lost}, time.monotonic() - began)
            return self._report

    def retable(self, descriptor: BundleDescriptor) -> LoadReport:
        """Give every worker another routing table; the Steps stay. What the last load came to."""
        self.descriptor, self._loadable = descriptor, replace(descriptor, steps=self._loadable.steps)
        for member in (member for member in self.members if member.generation):
            member.process.send({"t": "table"}, descriptor.to_json().encode())
        return replace(self._report, seconds=0.0)

    async def _load_member(
        self, member: Member, descriptor: BundleDescriptor, modules: Modules | None, generation: int
    ) -> dict[str, LoadFailure]:
        frame = {"t": "load", "generation": generation, "env": self.env, **_given(modules)}
        failures: dict[str, LoadFailure] = await ask(member, frame, descriptor.to_json().encode(), patience_s=LOAD_S)
        member.generation = generation
        member.steps = frozenset(step.id for step in descriptor.steps if step.id not in failures)
        return failures

    # keeping the number

    def ensure(self) -> None:
        """Start what is missing of the newest generation, and the spare."""
        if self._closing or not self.generation:
            return
        newest = [m for m in self.members if m.generation == self.generation and not m.retiring]
        healthy = sum(1 for m in newest if not m.stuck)
        missing = min(self.size - healthy, 2 * self.size - len(newest)) - self._starting
        for _ in range(missing):
            self._starting += 1
            self.plan(self._join())
        surplus = len(newest) - self.size if healthy == len(newest) else 0
        for member in reversed(newest):
            if surplus > 0 and not member.running:
                surplus -= 1
                self.retire(member)
        idle = not (self._starting or self._sparing) and self._spares_lost < MOST_SPARES_LOST
        if missing <= 0 and idle and not any(m.spare for m in self.members):
            self._sparing = True
            self.plan(self._start_spare())

    async def _start_spare(self) -> None:
        """Start a worker ahead of its need, with the packages loaded that the Steps will import."""
        try:
            spare = await self.spawn()
        except OSError:
            return  # no process to be had now: the next change tries again
        finally:
            self._sparing = False
        await asyncio.wait((spare.hello,), timeout=HELLO_S)
        spare.process.send({"t": "warm", "modules": self.foreign_modules, "env": self.env})

    async def _join(self) -> None:
        """Bring one more worker of the newest generation into service."""
        member = None
        try:
            if self._short_lives > 1:
                await asyncio.sleep(min(0.1 * 2**self._short_lives, MAX_PAUSE_S))
            generation, loadable, modules = self.generation, self._loadable, self._modules
            member = await self._fresh()
            await self._load_member(member, loadable, modules, generation)
            if generation != self.generation:
                self.retire(member)
        except (LoadLost, OSError):
            self._short_lives += 1
        finally:
            self._starting -= 1
            self._changed()
            self.ensure()

    def forget(self, process: WorkerProcess, how: str) -> Member | None:
        """A worker is gone; its member."""
        member = self._by_process.pop(process, None)
        if member is None:
            return None
        self._spares_lost += member.spare
        member.dead = True
        if not member.hello.done():
            member.hello.set_exception(ConnectionError(how))
            member.hello.exception()  # nobody may be waiting
        if member in self.members:
            self.members.remove(member)
        if member.answer is not None and not member.answer.done():
            position = member.progress.loading
            member.answer.set_exception(LoadLost(position - 1 if position else None, how))
        elif time.monotonic() - process.started_at > HEALTHY_S:
            self._short_lives = 0
        else:
            self._short_lives += 1
        return member

    # letting go

    def retire_unneeded(self, broken: set[str]) -> None:
        """Retire the older workers, but for one that still runs each Step of `broken`, the newest that can."""
        older = sorted((m for m in self.members if 0 < m.generation < self.generation), key=lambda m: -m.generation)
        needed = {step.id for step in self.descriptor.steps if step.id in broken}
        for member in older:
            if member.usable and member.steps & needed:
                needed -= member.steps
                member.process.send({"t": "table"}, self.descriptor.to_json().encode())
            elif not member.retiring:
                self.retire(member)

    def retire(self, member: Member) -> None:
        """Give a worker no more work, and let it go when it has done what it has."""
        member.retiring = True
        if not member.running:
            self.plan(self._dismiss(member))

    async def _dismiss(self, member: Member) -> None:
        if not member.tainted:
            member.process.send({"t": "drain"})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(member.process.wait(), DRAIN_S)
        member.process.kill()

    def kill(self) -> None:
        """End every worker now, and start none."""
        self._closing = True
        for member in list(self.members):
            member.process.kill()

    async def close(self, grace_s: float) -> None:
        """Let what runs end for `grace_s` seconds, then end every worker. No process is left when it returns."""
        self._closing = True
        deadline = time.monotonic() + grace_s
        for member in list(self.members):
            self.retire(member)
        processes = [m.process for m in self.members]
        waits = [asyncio.ensure_future(process.wait()) for process in processes]
        if waits:
            await asyncio.wait(waits, timeout=max(0.0, deadline - time.monotonic()))
        for process in processes:
            process.kill()
        if waits:
            await asyncio.wait(waits, timeout=5)
        for task in list(self._tasks):
            task.cancel()


def _given(modules: Modules | None) -> dict[str, Modules]:
    return {} if modules is None else {"modules": modules}
