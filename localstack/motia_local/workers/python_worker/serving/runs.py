"""Steps run for requests that arrived in this process.

The server hears of a run when there is something to tell: a log, a call, a failure, a long time. Of the others a
bounded number is told, so that their traces can be seen without costing every request a frame.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable
from typing import Any

from motia.http import HttpRequest, HttpResponse
from motia.ids import new_trace_id
from motia.invoke import LoadedStep, invoke_api
from motia.response import SERVER_ERROR

from ..backend import Budget, LogBudget, make_backend
from ..channel import Channel
from ..runner import Active, Runner, current

SHOW_AFTER_S = 0.25
PLAIN_BURST = 500  # runs of which there is nothing to tell, told at once ...
PLAIN_RATE = 50  # ... and per second after that


class RequestRun(Active):
    """A request that a Step is answering. number: its id, negative; the server's own ids are positive."""

    __slots__ = ("announced", "number", "place", "respond", "start_ms", "step", "trace_id")

    def __init__(
        self, channel: Channel, number: int, place: int, step: LoadedStep, respond: Callable[[HttpResponse], None]
    ) -> None:
        self.number = number
        self.place = place
        self.step = step
        self.trace_id = new_trace_id()
        self.start_ms = time.time_ns() // 1_000_000
        self.announced = False
        self.respond = respond
        self.channel = channel

    def begin(self, task: asyncio.Task[None], limit_s: float) -> None:
        """Its time runs from now on."""
        super().__init__(task, limit_s, self.channel)

    def announce(self) -> None:
        """Tell the server of this run, once."""
        if not self.announced:
            self.announced = True
            told = {"step": self.step.descriptor.id, "traceId": self.trace_id, "start": self.start_ms}
            self.channel.send({"t": "began", "id": self.number, "place": self.place, **told})

    def beat(self, now: float) -> None:
        if not self.announced and now > self.deadline - self.limit_s + SHOW_AFTER_S:
            self.announce()

    def late(self, error: dict[str, Any]) -> None:
        """It has run out of time: answer without it."""
        self.announce()
        self.channel.send({"t": "ended", "id": self.number, "error": error})
        self.respond(SERVER_ERROR)

    # what its backend asks of the channel

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        self.announce()
        super().send(header, body)

    async def call(self, operation: str, arguments: list[Any], invocation: int | None = None) -> Any:
        self.announce()
        return await super().call(operation, arguments, invocation)


class RequestRuns:
    """Starts runs. wake: called before each. ended: called after each."""

    def __init__(self, runner: Runner, channel: Channel, wake: Callable[[], None], ended: Callable[[], None]) -> None:
        self._runner = runner
        self._channel = channel
        self._wake = wake
        self._ended = ended
        self._next = 0
        self._logs = LogBudget()
        self._plain = Budget(PLAIN_BURST, PLAIN_RATE)
        self._loop = asyncio.get_event_loop()
        self._context = contextvars.copy_context()  # what a Step sets in its own is not seen by the next

    @property
    def unanswered(self) -> bool:
        """Whether a client waits for a Step."""
        return any(number < 0 and not active.told for number, active in self._runner.active.items())

    def start(
        self,
        place: int,
        step: LoadedStep,
        timeout_s: float,
        request: HttpRequest,
        respond: Callable[[HttpResponse], None],
    ) -> None:
        """Run `step` as a task that ends with `respond(response)`. place: of its connection. timeout_s: seconds."""
        self._next -= 1
        run = RequestRun(self._channel, self._next, place, step, respond)
        run.begin(self._loop.create_task(self._run(run, request), context=self._context.copy()), timeout_s)
        self._runner.active[run.number] = run
        self._wake()

    async def _run(self, run: RequestRun, request: HttpRequest) -> None:
        number, step = run.number, run.step
        who = (step.descriptor.name, run.trace_id)
        current.set((number, who))
        backend, logs = make_backend(run, number, self._logs)
        bundle = self._runner.descriptor
        try:
            response = await invoke_api(
                step, request, backend, bundle.topics, trace_id=run.trace_id, streams=bundle.streams
            )
        except (asyncio.CancelledError, GeneratorExit):  # the latter by the Step: nobody else answers
            response = SERVER_ERROR
        finally:
            del self._runner.active[number]
        self._runner.done(who)
        if not run.told:
            run.told = True
            failure = logs.last_error.get("error") if response is SERVER_ERROR and logs.last_error else None
            if run.announced or self._plain.take():
                run.announce()
                self._channel.send({"t": "ended", "id": number, **({"failure": failure} if failure else {})})
            run.announced = True  # for what the Step does from now on, nothing begins
            run.respond(response)
        self._ended()
