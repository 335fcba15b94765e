"""Running Steps: every invocation is a task of one event loop, sync handlers run in its threads.

The worker stops an invocation at its time limit itself. What cannot be stopped, a thread or a handler that swallows its
cancellation, makes the worker `tainted`: the server replaces it.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from motia.descriptor import BundleDescriptor
from motia.errors import StepError
from motia.failure import describe
from motia.http import HttpRequest
from motia.invoke import LoadedStep, invoke_api, invoke_cron, invoke_event
from motia.response import SERVER_ERROR
from motia.stream_access import authenticate, may_join

from .backend import LogBudget, make_backend
from .channel import Channel
from .frames import FrameError

THREADS = 40
STOP_S = 1.0  # what a cancelled invocation may take to end

Who = tuple[str, str]  # name of the Step, trace id
current: contextvars.ContextVar[tuple[int, Who] | None] = contextvars.ContextVar("motia_invocation", default=None)


class Active(ABC):
    """An invocation that has begun, and the way to the server for what it stands on. told: its result is sent.
    overdue: because its time was over; what the handler does after that is of no use any more."""

    __slots__ = ("channel", "deadline", "limit_s", "overdue", "task", "told")

    def __init__(self, task: asyncio.Task[None], limit_s: float, channel: Channel) -> None:
        self.task = task
        self.limit_s = limit_s
        self.deadline = time.monotonic() + limit_s
        self.channel = channel
        self.told = False
        self.overdue = False

    @abstractmethod
    def beat(self, now: float) -> None:
        """Told now and then while it runs. now: monotonic seconds."""

    @abstractmethod
    def late(self, error: dict[str, Any]) -> None:
        """Tell that it has run out of time."""

    # what its backend asks of the channel

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        self.channel.send(header, body)

    async def call(self, operation: str, arguments: list[Any], invocation: int | None = None) -> Any:
        if self.overdue:
            raise StepError(f"{operation} comes too late: the time of the invocation is over")
        return await self.channel.call(operation, arguments, invocation)


class ActiveInvocation(Active):
    """One that the server asked for, and is sent the result of."""

    __slots__ = ("_number",)

    def __init__(self, task: asyncio.Task[None], limit_s: float, channel: Channel, number: int) -> None:
        super().__init__(task, limit_s, channel)
        self._number = number

    def beat(self, now: float) -> None:
        """The server counts its time as well."""

    def late(self, error: dict[str, Any]) -> None:
        self.channel.send({"t": "result", "id": self._number, "error": error})


class StepThreads(ThreadPoolExecutor):
    """Threads that know which invocations they work for."""

    def __init__(self) -> None:
        super().__init__(THREADS, "step")
        self.busy: dict[int, int] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        running = current.get()
        if running is None:
            return super().submit(fn, *args, **kwargs)
        number = running[0]

        def work() -> Any:
            self.busy[number] = self.busy.get(number, 0) + 1
            try:
                return fn(*args, **kwargs)
            finally:
                self.busy[number] -= 1
                if not self.busy[number]:
                    del self.busy[number]

        return super().submit(work)


class Runner:
    """Runs the Steps of a worker."""

    def __init__(self, root: Path, channel: Channel, began: Callable[[int], None], done: Callable[[Who], None]) -> None:
        """began(number): told before an invocation's first line runs. done(who): told after its last."""
        self.root = root
        self.steps: dict[str, LoadedStep] = {}
        self.descriptor = BundleDescriptor((), {})
        self.waiting: dict[int, None] = {}  # received, not begun; whoever removes an entry decides what becomes of it
        self.active: dict[int, Active] = {}
        self.threads = StepThreads()
        self._channel = channel
        self._began = began
        self.done = done
        self._budget = LogBudget()
        self._tainted = False

    def accept(self, header: dict[str, Any], body: bytes) -> None:
        """Begin an invocation at the next turn of the loop."""
        number = header["id"]
        self.waiting[number] = None
        task = asyncio.get_running_loop().create_task(self._run(number, header, body))
        self.active[number] = ActiveInvocation(task, header["timeout"], self._channel, number)

    async def _run(self, number: int, header: dict[str, Any], body: bytes) -> None:
        active = self.active[number]
        if self.waiting.pop(number, 0) is not None:  # the watchdog has given it back
            del self.active[number]
            return
        self._began(number)
        active.deadline = time.monotonic() + active.limit_s
        try:
            step = self.steps[header["step"]]
            who = (step.descriptor.name, header["traceId"])
            current.set((number, who))
            try:
                result, content = await self._invoke(number, step, header, body)
            except (Exception, KeyboardInterrupt, GeneratorExit) as error:  # by the Step: nobody else answers
                told = describe(error)
                raised = {"type": told.pop("name"), **told, "kind": "raised"}
                result, content = {"t": "result", "id": number, "error": raised}, b""
            if not active.told:
                active.told = True
                self._send_result(number, result, content)
            self.done(who)
        except asyncio.CancelledError:
            if not active.told:
                stopped = {"type": "CancelledError", "message": "it was cancelled", "kind": "raised"}
                self._send_result(number, {"t": "result", "id": number, "error": stopped}, b"")
        finally:
            self.active.pop(number, None)

    async def _invoke(
        self, number: int, step: LoadedStep, header: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        backend, logs = make_backend(self.active[number], number, self._budget)
        topics, streams, trace_id = self.descriptor.topics, self.descriptor.streams, header["traceId"]
        result: dict[str, Any] = {"t": "result", "id": number}
        if header["kind"] == "api":
            pairs = tuple((name, value) for name, value in header["headers"])
            request = HttpRequest(header["method"], header["path"], header["query"], pairs, body, header["params"])
            response = await invoke_api(step, request, backend, topics, trace_id=trace_id, streams=streams)
            result["status"], result["headers"] = response.status, response.headers
            if response is SERVER_ERROR and logs.last_error is not None:
                result["failure"] = logs.last_error.get("error")
            return result, response.body
        if header["kind"] == "event":
            await invoke_event(step, header["data"], backend, topics, trace_id=trace_id, streams=streams)
        elif header["kind"] == "authenticate":
            result["value"] = await authenticate(step, header["data"]["headers"], header["data"]["url"])
        elif header["kind"] == "access":
            result["value"] = await may_join(step, header["data"]["subscription"], header["data"]["context"])
        else:
            await invoke_cron(step, backend, topics, trace_id=trace_id, streams=streams)
        return result, b""

    def _send_result(self, number: int, result: dict[str, Any], body: bytes) -> None:
        try:
            self._channel.send(result, body)
        except (FrameError, TypeError, ValueError) as wrong:
            error = {"type": type(wrong).__name__, "message": f"the result cannot be sent: {wrong}", "kind": "raised"}
            self._channel.send({"t": "result", "id": number, "error": error})

    def stop_late(self) -> None:
        """Cancel the invocations whose time is up, and tell."""
        now = time.monotonic()
        for number, active in list(self.active.items()):
            active.beat(now)
            if now < active.deadline or active.told or number in self.waiting:
                continue
            active.told = active.overdue = True
            active.late({"type": "TimeoutError", "message": f"ran longer than {active.limit_s:g} s", "kind": "timeout"})
            active.task.cancel()
            asyncio.get_running_loop().call_later(STOP_S, self._check_stopped, number)

    def _check_stopped(self, number: int) -> None:
        if (number in self.active or number in self.threads.busy) and not self._tainted:
            self._tainted = True
            self._channel.send({"t": "tainted"})
