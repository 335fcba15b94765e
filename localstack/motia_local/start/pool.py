"""The pool of `motia start`: what its workers say of their connections, and what becomes of those they lose."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from motia.ids import new_trace_id
from motia_local.start.fleet import NodeServingFleet, ServingFleet
from motia_local.start.line import Begun, Left, Line
from motia_local.workers.fleet import Fleet
from motia_local.workers.invocation import Failure, Invocation
from motia_local.workers.member import Member, read_described, read_failure
from motia_local.workers.pool import GRACE_S, NOBODY, SWEEP_S, WorkerPool


class Host(Protocol):
    """The server, as this pool sees it."""

    def place(self, client: socket.socket) -> None:
        """Find a worker for a connection of which nothing has been read."""

    def adopt(self, client: socket.socket, data: bytes) -> None:
        """Serve a connection in the server itself. data: what has been read of it."""

    def pass_on(self, client: socket.socket, data: bytes, pool: ServingPool) -> None:
        """Find a worker for a connection whose request is for another language than that of `pool`."""

    def fail(self, left: Left, *, stopping: bool) -> None:
        """End a connection whose worker ended. stopping: because the server does."""

    def began(self, step: str, trace_id: str, start_ms: int) -> Any:
        """A worker has begun to answer a request with a Step; the trace of it."""

    def ended(self, step: str, trace: Any, failure: Failure | None, *, logged: bool) -> None:
        """It has ended. logged: the failure is on record."""


@dataclass(frozen=True)
class Served:
    """What a pool's workers are told of the requests to answer.

    steps: (id, timeout in seconds) of the pool's API Steps. elsewhere: (method, path) of those that workers for another
    language have. pages: paths that are the server's own; mounts: those with all below them. max_body: bytes of a body
    that a worker reads.
    """

    steps: Sequence[tuple[str, float]]
    elsewhere: Sequence[tuple[str, str]]
    pages: Sequence[str]
    mounts: Sequence[str]
    max_body: int


class ServingPool(WorkerPool):
    """A pool whose workers are given connections. host: to be set before the first load."""

    fleet_type: ClassVar[type[Fleet]] = ServingFleet
    fleet: ServingFleet
    host: Host

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._frame: dict[str, Any] | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def answers(self) -> bool:
        """Whether its Steps answer requests."""
        return self._frame is not None and bool(self._frame["steps"])

    def serve(self, served: Served) -> None:
        """Have requests for these Steps answered by the workers."""
        self._frame = {
            "t": "front",
            "steps": list(served.steps),
            "elsewhere": list(served.elsewhere),
            "pages": list(served.pages),
            "mounts": list(served.mounts),
            "maxBody": served.max_body,
        }
        if self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._watch())
        self._open_lines()

    def _open_lines(self) -> None:
        frame = self._frame
        if frame is None or self.fleet.stopping:
            return
        for member, line in self.fleet.lines.items():
            loaded = 0 < member.generation == self.fleet.generation and not (member.retiring or member.dead)
            if loaded and line.state in ("unused", "open") and line.frame is not frame:
                line.state, line.frame, line.steps = "open", frame, frame["steps"]
                member.process.send({"fd": line.inherited, **frame})

    def _reroute(self) -> None:
        super()._reroute()
        self._open_lines()

    async def drain(self, within_s: float) -> None:
        """Let the workers answer what they have been asked, and nothing more, for `within_s` seconds."""
        self.fleet.stopping = True
        open_lines = [(member, line) for member, line in self.fleet.lines.items() if line.state == "open"]
        for member, line in open_lines:
            line.state = "leaving"
            member.process.send({"t": "unfront", "stopping": True})
        deadline = time.monotonic() + within_s
        while any(line.state == "leaving" for _, line in open_lines) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    async def close(self, grace_s: float = 5.0) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        await super().close(grace_s)
        for line in self.fleet.lines.values():
            line.leave()

    # what workers say

    def _on_closed(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        client = self.fleet.lines[member].take(header["place"])
        if client is not None:
            client.close()

    def _on_over(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        client = self.fleet.lines[member].take(header["place"])
        if client is None:
            return
        if header.get("unread") and self._give(client, body):
            return
        if body and header.get("elsewhere"):
            self.host.pass_on(client, body, self)
        elif body or header.get("full"):
            self.host.adopt(client, body)
        else:
            self.host.place(client)

    def _give(self, client: socket.socket, data: bytes) -> bool:
        """Let another worker of this pool have a connection, of which others have read `data`; whether one takes it."""
        line = self.fleet.best()
        return line is not None and line.give(client, data)

    def _on_began(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        step, trace_id = str(header["step"]), str(header["traceId"])
        trace = self.host.began(step, trace_id, header["start"])
        call = Invocation(step, "api", trace_id, 0.0, trace=trace)
        self.fleet.lines[member].runs[header["id"]] = Begun(call, header["place"])

    def _on_ended(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        run = self.fleet.lines[member].runs.pop(header["id"], None)
        if run is None:
            return
        call = run.invocation
        if "error" in header:
            self.host.ended(call.step, call.trace, read_failure(header["error"]), logged=False)
        else:
            self.host.ended(call.step, call.trace, read_described(header.get("failure")), logged=True)

    def _on_unfronted(self, member: Member, header: dict[str, Any], body: bytes) -> None:
        self.fleet.lines[member].state = "left"
        if member.retiring:
            self.fleet.retire(member)

    def _invocation(self, member: Member, number: int | None) -> Invocation | None:
        served = self.fleet.lines[member].runs.get(number or 0)
        return served.invocation if served else super()._invocation(member, number)

    # requests that hold their worker, or end it

    def _stuck_until(self, member: Member, current: int | None, left_s: float) -> float | None:
        own = current is None or current < 0  # a request of its own; what waits behind it is not to blame
        if own and self.fleet.lines[member].running():
            return time.monotonic() + left_s + GRACE_S
        return super()._stuck_until(member, current, left_s)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for member, line in list(self.fleet.lines.items()):
                line.forget()
                if (beat := member.progress.beat_ms / 1000) and now - beat > GRACE_S:
                    self._stop_if_silent(member, line, now - beat - GRACE_S)

    def _stop_if_silent(self, member: Member, line: Line, silent_s: float) -> None:
        """Kill a worker in which not even the watchdog runs any more, when its requests have had their time."""
        limits = [timeout_s for _, _, timeout_s in line.running()]
        if limits and silent_s > max(limits) and not member.running:
            member.culprit = NOBODY
            member.process.kill()

    def _settle_lost(self, member: Member, how: str) -> None:
        line = self.fleet.lines.pop(member)
        stuck_until = member.stuck.until if member.stuck else None
        late = stuck_until is not None and time.monotonic() > stuck_until
        all_left = line.leave()
        if member.culprit is None and any(left.answering for left in all_left):
            member.culprit = NOBODY
        super()._settle_lost(member, how)
        told = set()
        for run in line.runs.values():
            told.add(run.place)
            call = run.invocation
            self.host.ended(call.step, call.trace, self._loss(line, call.step, how, late=late), logged=False)
        for left in all_left:
            if left.step is not None and left.place not in told:
                trace = self.host.began(left.step, new_trace_id(), time.time_ns() // 1_000_000)
                self.host.ended(left.step, trace, self._loss(line, left.step, how, late=late), logged=False)
            if left.idle and not self.fleet.stopping:
                self.host.place(left.client)
            elif left.early:
                self.host.adopt(left.client, left.early)
            else:
                self.host.fail(left, stopping=self.fleet.stopping)

    def _loss(self, line: Line, step: str, how: str, *, late: bool) -> Failure:
        if late:
            timeout_s = dict(line.steps).get(step, 0.0)
            text = f"ran longer than {timeout_s:g} s, or waited for one that did; its worker was stopped"
            return Failure("TimeoutError", text, kind="timeout")
        return Failure("WorkerLost", f"its worker ended ({how})", kind="crash")


class NodeServingPool(ServingPool):
    """A pool of Node workers."""

    fleet_type = NodeServingFleet
