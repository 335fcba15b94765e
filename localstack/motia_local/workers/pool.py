"""The pool: Steps run on workers, workers come and go, and nobody outside notices more than one failed attempt.

A Step runs on the newest generation that could load it, so a file broken by the last save keeps running as it was. What
a worker had not started when it died or stood still runs elsewhere; what it was running fails, unless another
invocation is known to be the cause and running again is allowed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, ClassVar

from motia.descriptor import BundleDescriptor
from motia_local.workers.fleet import Fleet, Launch, Modules
from motia_local.workers.invocation import Failure, Invocation, LoadFailure, LoadReport, Outcome
from motia_local.workers.member import Member, Running, Stuck
from motia_local.workers.output import OutputLine
from motia_local.workers.process import WorkerProcess
from motia_local.workers.python_worker.frames import VERSION, FrameError
from motia_local.workers.services import NoServices, Services, answered

GRACE_S = 1.5  # a worker reports a timeout itself; one that is this late cannot
SWEEP_S = 0.25
LEFTOVER_S = 30.0  # what code that nobody waits for may hold its worker
NOBODY = 0  # the invocation to blame when none of those that were sent has ended its worker
MAX_RUNNING = 1_000  # invocations sent to one worker at a time; more wait here
MAX_REPEATS = 2
KEEPS_UP_S = 0.005  # what one more invocation may wait for those before it, when another worker is free


class WorkerPool:
    """Runs invocations on worker processes.

    launch: how to start one. env: of the Steps; it may change, and is what the next generation gets. size: how many
    serve a generation. services: what Steps may call; to be set before the first load.
    """

    fleet_type: ClassVar[type[Fleet]] = Fleet

    def __init__(
        self,
        launch: Launch,
        *,
        cwd: Path,
        env: dict[str, str] | None = None,
        services: Services | None = None,
        size: int | None = None,
    ) -> None:
        size = size or min(max(os.cpu_count() or 2, 2), 4)
        env = dict(os.environ) if env is None else env
        self.services: Services = services or NoServices()
        self.fleet = self.fleet_type(launch, cwd=cwd, env=env, size=size, owner=self, changed=self._reroute)
        self._routes: dict[str, list[Member]] = {}
        self._waiting: deque[Running] = deque()
        self._next_id = 0
        self._sweeper: asyncio.Task[None] | None = None

    async def prestart(self) -> None:
        """Start the first workers before it is known what they will load."""
        await self.fleet.prestart()

    async def read(self, files: list[str], modules: Modules | None = None) -> list[dict[str, Any]] | None:
        """What files say (`motia_project.reading`), read from `modules` where those are something else; None when that
        ended the worker."""
        return await self.fleet.read(files, modules)

    async def load(
        self, descriptor: BundleDescriptor, modules: Modules | None = None, unreadable: Collection[str] = ()
    ) -> LoadReport:
        """Serve `descriptor` from now on. What is running ends where it began. unreadable: ids of Steps that are not
        imported: they go on as they were, if they were."""
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().create_task(self._sweep())
        return await self.fleet.load(descriptor, modules, unreadable)

    def retable(self, descriptor: BundleDescriptor) -> LoadReport:
        """Take what `descriptor` says of topics and streams; its Steps are those of the last load. The last report."""
        return self.fleet.retable(descriptor)

    def kill(self) -> None:
        """End every worker now."""
        self.fleet.kill()

    async def close(self, grace_s: float = 5.0) -> None:
        """Let what runs end for `grace_s` seconds; then no worker is left."""
        await self.fleet.close(grace_s)
        if self._sweeper is not None:
            self._sweeper.cancel()
        while self._waiting:
            self._waiting.popleft().settle(_lost("the server is stopping"))

    # running

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run a Step; never raises for what the Step does."""
        running = Running(0, invocation, asyncio.get_running_loop().create_future())
        self._dispatch(running)
        return await running.outcome

    def _dispatch(self, running: Running) -> None:
        member = self._pick(running.invocation.step)
        if member is None and not self.fleet.knows(running.invocation.step):
            running.settle(_lost("the Step is gone"))
            return
        if member is None:
            running.sent_at = time.monotonic()
            self._waiting.append(running)
            return
        self._next_id += 1
        running.id = self._next_id
        try:
            member.run(running)
        except (FrameError, TypeError, ValueError) as wrong:
            member.running.pop(running.id, None)
            running.settle(Outcome(failure=Failure(type(wrong).__name__, f"it cannot be sent to a worker: {wrong}")))

    def _pick(self, step: str) -> Member | None:
        """The worker for one more invocation: one that is at work and keeps up, else the one with the least to do.

        A worker that gets several at a time reads, runs and answers them at a time, which halves their cost.
        """
        best, least = None, MAX_RUNNING
        for member in self._routes.get(step, ()):
            if not member.usable:  # it may have been let go since the routes were made
                continue
            load = len(member.running)
            if load and load * member.pace_s < KEEPS_UP_S:
                return member
            if load < least:
                best, least = member, load
        return best

    def _reroute(self) -> None:
        """The usable workers have changed."""
        routes: dict[str, list[Member]] = {}
        for member in sorted((m for m in self.fleet.members if m.usable), key=lambda m: -m.generation):
            for step in member.steps:
                best = routes.setdefault(step, [])
                if not best or best[0].generation == member.generation:
                    best.append(member)
        self._routes = routes
        for _ in range(len(self._waiting)):
            self._dispatch(self._waiting.popleft())

    # what workers say

    def on_frame(self, process: WorkerProcess, header: dict[str, Any], body: bytes) -> None:
        member = self.fleet.member(process)
        if member is None:
            return
        try:
            handle = getattr(self, f"_on_{header.get('t')}", None)
            if handle is None:
                raise KeyError(f"frame type {header.get('t')!r}")
            handle(member, header, body)
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            self.services.notice("error", f"a worker broke the protocol and was stopped: {wrong!r}")
            process.kill()

    def _on_hello(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        if header["protocol"] != VERSION:
            raise ValueError(f"protocol {header['protocol']}, wanted {VERSION}")
        member.revocable = bool(header.get("revocable"))
        if not member.hello.done():
            member.hello.set_result(None)

    def _on_loaded(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        failures = {
            str(item["id"]): LoadFailure(item["error"]["what"], item["error"]["where"], item["error"]["traceback"])
            for item in header["steps"]
            if item.get("error")
        }
        self.fleet.foreign_modules = header.get("modules", self.fleet.foreign_modules)
        _give(member, failures)

    def _on_readings(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        _give(member, header["answers"])

    def _on_result(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        member.on_result(header, body)
        if member.retiring and not member.running:
            self.fleet.retire(member)
        elif self._waiting and not member.retiring:
            self._dispatch(self._waiting.popleft())

    def _on_call(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        self.fleet.plan(self._answer(member, self._invocation(member, header["inv"]), header))

    async def _answer(self, member: Member, invocation: Invocation | None, header: dict[str, Any]) -> None:
        answer = await answered(self.services, invocation, header["op"], header["args"])
        member.process.send({"t": "reply", "id": header["id"], **answer})

    def _on_log(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        self.services.log(self._invocation(member, header["inv"]), header["record"])

    def _on_trace(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        self.services.trace(self._invocation(member, header["inv"]), header["event"])

    def _invocation(self, member: Member, number: int | None) -> Invocation | None:
        running = member.running.get(number or 0)
        return running.invocation if running else None

    def _on_returned(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        self._again(member, header["ids"])

    def _again(self, member: Member, ids: Iterable[int]) -> None:
        """Run elsewhere what a worker has not begun."""
        for number in ids:
            running = member.running.pop(number, None)
            if running is not None:
                self._dispatch(running)

    def _on_stuck(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        current, where, left_s = header["current"], str(header["where"]), max(0.0, header["left"])
        member.stuck = Stuck(current, where)
        holder = self._invocation(member, current)
        self._again(member, [*header["ids"], *member.take_back(self._next_id)])
        member.stuck = Stuck(current, where, self._stuck_until(member, current, left_s))
        if holder is not None:
            text = f"blocks its worker's event loop{f' ({where})' if where else ''}; use async I/O, or a thread"
            self.services.notice("warn", text, holder.step)
        elif where:
            self.services.notice("warn", f"a worker's event loop is blocked ({where}); use async I/O, or a thread")
        self._reroute()
        self.fleet.ensure()

    def _stuck_until(self, member: Member, current: int | None, left_s: float) -> float | None:
        """Until when a worker may stand still. left_s: seconds until the time of `current`, or of all it runs, ends."""
        return None if member.running else time.monotonic() + (left_s or LEFTOVER_S) + GRACE_S

    def _on_unstuck(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        member.stuck = None
        self._reroute()
        self.fleet.ensure()

    def _on_tainted(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        member.tainted = True
        self.fleet.retire(member)
        self._reroute()
        self.fleet.ensure()

    def _on_dying(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        member.culprit = header["current"]

    def _on_printed(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        member.process.printed(header["fd"], body, str(header["step"]), header["traceId"])

    def on_output(self, process: WorkerProcess, line: OutputLine) -> None:
        self.services.output(line)

    # what goes wrong

    def on_exit(self, process: WorkerProcess, how: str) -> None:
        member = self.fleet.forget(process, how)
        if member is None:
            return
        self._reroute()
        self._settle_lost(member, how)
        self.fleet.ensure()

    def _settle_lost(self, member: Member, how: str) -> None:
        lost, member.running = list(member.running.values()), {}
        unstarted = member.unstarted(lost)
        started = [running for running in lost if running.id not in unstarted]
        culprit = member.culprit if member.culprit is not None else started[0].id if len(started) == 1 else None
        now = time.monotonic()
        for running in lost:
            again = running.id in unstarted or (running.id != culprit and running.invocation.repeatable)
            if again and running.repeats < MAX_REPEATS:
                running.repeats += running.id not in unstarted
                self._dispatch(running)
            elif running.overdue(now, 0) and running.id == culprit:
                text = f"ran longer than {running.invocation.timeout_s:g} s; its worker was stopped"
                running.settle(Outcome(failure=Failure("TimeoutError", text, kind="timeout")))
            else:
                who = "it ended its worker" if running.id == culprit else "its worker ended"
                running.settle(Outcome(failure=Failure("WorkerLost", f"{who} ({how})", kind="crash")))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for running in [r for r in self._waiting if r.overdue(now, GRACE_S)]:
                self._waiting.remove(running)
                running.settle(_lost("no worker could run it in time"))
            for member in list(self.fleet.members):
                if not member.process.running:
                    member.process.kill()
                elif member.stuck and member.stuck.until is not None:
                    if now > member.stuck.until:
                        member.culprit = NOBODY
                        member.process.kill()
                elif member.running:
                    self._stop_if_overdue(member, now)

    def _stop_if_overdue(self, member: Member, now: float) -> None:
        if not (overdue := [running for running in member.running.values() if running.overdue(now, GRACE_S)]):
            return
        holder = member.running.get(member.stuck.current or 0) if member.stuck else None
        if holder is not None and not holder.overdue(now, 0):
            return  # the others are late because of this one, whose own time is not up yet
        member.culprit = (holder or overdue[0]).id
        member.process.kill()


def _give(member: Member, answer: Any) -> None:
    if member.answer is not None and not member.answer.done():
        member.answer.set_result(answer)


def _lost(why: str) -> Outcome:
    return Outcome(failure=Failure("WorkerLost", why, kind="lost"))
