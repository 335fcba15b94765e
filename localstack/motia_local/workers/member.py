"""A worker of the pool: its process, what it can run, what it is running."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from motia.http import HttpResponse
from motia_local.workers.invocation import Failure, Invocation, Outcome
from motia_local.workers.process import WorkerProcess
from motia_local.workers.progress import Progress


@dataclass
class Running:
    """An invocation on a worker. repeats: how often a dead worker has already made it start again."""

    id: int
    invocation: Invocation
    outcome: asyncio.Future[Outcome]
    sent_at: float = 0.0
    beside: int = 1  # invocations on its worker when it was sent, itself included
    repeats: int = 0

    def overdue(self, now: float, grace_s: float) -> bool:
        return now > self.sent_at + self.invocation.timeout_s + grace_s

    def settle(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(frozen=True)
class Stuck:
    """A worker whose event loop stands still. current: the invocation that holds it, if known; where: file and line.
    until: monotonic seconds until which it may; None when the invocations it was sent have limits of their own."""

    current: int | None
    where: str
    until: float | None = None


@dataclass(eq=False)
class Member:
    """One worker. generation: 0 while it has loaded nothing. steps: ids of what it can run."""

    process: WorkerProcess
    progress: Progress
    generation: int = 0
    steps: frozenset[str] = frozenset()
    running: dict[int, Running] = field(default_factory=dict)
    stuck: Stuck | None = None
    retiring: bool = False  # gets no more work, goes when it has none
    tainted: bool = False  # a thread of it will never end: it is killed, not asked to leave
    culprit: int | None = None  # the invocation that ends its life, once known
    hello: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    answer: asyncio.Future[Any] | None = None  # what reading or loading comes to
    touched: bool = False  # has imported project files
    revocable: bool = False  # what it has not begun can be taken back without asking it
    dead: bool = False
    pace_s: float = 0.01  # seconds an invocation takes of the worker, lately; what they wait for is shared

    @property
    def spare(self) -> bool:
        """Whether it has imported nothing of the project yet."""
        return not (self.touched or self.retiring or self.dead)

    @property
    def usable(self) -> bool:
        return self.generation > 0 and not (self.retiring or self.dead or self.stuck)

    def run(self, running: Running) -> None:
        """Send an invocation to the worker."""
        running.sent_at = time.monotonic()
        self.running[running.id] = running
        running.beside = len(self.running)
        call = running.invocation
        header: dict[str, Any] = {
            "t": "invoke",
            "id": running.id,
            "step": call.step,
            "kind": call.kind,
            "traceId": call.trace_id,
            "timeout": call.timeout_s,
        }
        body = b""
        if (request := call.request) is not None:
            header["method"] = request.method
            header["path"] = request.path
            header["query"] = request.query
            header["headers"] = request.headers
            header["params"] = request.path_params
            body = request.body
        elif call.kind != "cron":
            header["topic"] = call.topic
            header["data"] = call.data
        self.process.send(header, body)

    def on_result(self, header: dict[str, Any], body: bytes) -> None:
        """An invocation has ended."""
        running = self.running.pop(header["id"], None)
        if running is None:
            return
        self.pace_s += ((time.monotonic() - running.sent_at) / running.beside - self.pace_s) * 0.1
        if "error" in header:
            running.settle(Outcome(failure=read_failure(header["error"])))
        elif "status" in header:
            told = read_described(header.get("failure"))
            running.settle(Outcome(HttpResponse(header["status"], header["headers"], body), told))
        else:
            running.settle(Outcome(value=header.get("value")))

    def take_back(self, last_id: int) -> list[int]:
        """Ids of what the worker has not begun and, now, will not begin. last_id: of any invocation so far."""
        if not self.revocable:
            return []
        self.progress.revoke(last_id)
        return [number for number in self.running if number > self.progress.started]

    def unstarted(self, running: Sequence[Running]) -> set[int]:
        """Ids of those that the worker had not begun: they can run elsewhere as if nothing had happened."""
        return {item.id for item in running if item.id > self.progress.started}


def read_failure(raw: dict[str, Any]) -> Failure:
    """The `error` of a frame."""
    kind = raw.get("kind", "raised")
    return Failure(
        str(raw.get("type", "Error")),
        str(raw.get("message", "")),
        str(raw.get("stack", "")),
        kind if kind in ("raised", "timeout", "crash") else "raised",
        _code(raw),
    )


def read_described(raw: dict[str, Any] | None) -> Failure | None:
    """The `failure` of a frame, if there is one: an error as a log record has it."""
    if not raw:
        return None
    return Failure(
        str(raw.get("name", "Error")), str(raw.get("message", "")), str(raw.get("stack", "")), code=_code(raw)
    )


def _code(raw: dict[str, Any]) -> str | float | None:
    code = raw.get("code")  # a number of JavaScript may be a fraction
    return code if isinstance(code, str | int | float) and not isinstance(code, bool) else None
