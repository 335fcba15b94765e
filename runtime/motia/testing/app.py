"""A whole project in memory, for tests: `async with MotiaTest("path/to/project") as app`.

Steps run in the test's own process and loop. Events wait until `wait_idle` or `advance`: a test sees every state in
between. Time stands still: waiting for a delay or a retry moves the clock and costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from motia.descriptor import StepDescriptor
from motia.errors import ProjectError
from motia.state import State
from motia.streams import Streams
from motia.testing.context import LoopCalls
from motia.testing.http import Response, fill_path, make_request
from motia.testing.place import Options, Place, open_place
from motia.testing.recorded import DeadLetter, Emitted

TIMEOUT_S = 30.0


class MotiaTest:
    """The project at `root`, between `start` and `stop` or in `async with`.

    env: environment variables for its Steps. now: where the clock stands at first (aware, or ISO 8601), the present
    when None. adapters: instead of those of motia_config.py; {} keeps everything in memory. isolate: every app imports
    the project's modules anew, so that no state of a module passes from test to test; False keeps those there are.
    ProjectError, InvalidProject, StepLoadError from `start` when the project cannot run.
    """

    __test__ = False

    def __init__(
        self,
        root: str | Path = ".",
        *,
        env: Mapping[str, str] | None = None,
        now: datetime | str | None = None,
        adapters: Mapping[str, Any] | None = None,
        isolate: bool = True,
    ) -> None:
        moment = None if now is None else to_moment(now)
        self._place: Place = open_place(Path(root).resolve(), Options(adapters, env, moment, isolate))
        self.state: State
        self.streams: Streams

    async def start(self) -> Self:
        """Import the Steps, make the queues."""
        try:
            await self._place.start()
        except BaseException:
            await self._place.stop()
            raise
        backend, calls = self._place.backend, LoopCalls()
        self.state = State(backend.state, calls, backend.trace)
        self.streams = Streams(self._place.streams, backend.streams, calls, backend.trace)
        return self

    async def stop(self) -> None:
        """Forget everything."""
        await self._place.stop()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    # doing

    async def call(
        self,
        step: str,
        path: str | None = None,
        *,
        body: Any = None,
        headers: Mapping[str, str | Iterable[str]] | None = None,
        query: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
    ) -> Response:
        """Send a request to an API Step by its name, `call("CreateOrder", body=...)`, or to whatever answers a method
        and path, `call("POST", "/orders", body=...)` or `call("POST /orders", body=...)`.

        body: bytes as they are, str as text, anything else as JSON, or as a form when `headers` say so. query: a list
        is sent as a repeated parameter. A handler that raises gives a 500 whose `error` says why.
        """
        method, target = self._target(step, path, path_params)
        return await self._place.request(make_request(method, target, body=body, headers=headers, query=query))

    async def emit(self, topic: str, data: Any = None, message_group_id: str | None = None) -> str:
        """Emit an event from outside, as `motia emit` does; its trace id. EmitError as for every emit."""
        return await self._place.emit(topic, data, message_group_id)

    async def wait_idle(self, timeout_s: float = TIMEOUT_S) -> None:
        """Run the queued events, those they emit, and their retries, until none is left. The clock moves on over the
        delays. Cron does not run. timeout_s: real seconds; ProjectError after them."""
        await self._place.wait_idle(timeout_s)

    async def cron(self, step: str) -> None:
        """Run a cron Step now; raises what its handler raises."""
        await self._place.run_cron(self._step(step, "cron"))

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0, timeout_s: float = TIMEOUT_S
    ) -> list[str]:
        """Let time pass: events and retries that come due run, cron Steps run at each of their ticks, all in order of
        time. Names of the cron Steps that ran. A cron Step that fails is in the logs."""
        passed = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        return await self.advance_to(self.now + passed, timeout_s=timeout_s)

    async def advance_to(self, moment: datetime | str, *, timeout_s: float = TIMEOUT_S) -> list[str]:
        """As `advance`, until `moment` (aware, or ISO 8601)."""
        target = to_moment(moment)
        if target < self.now:
            raise ProjectError(
                f"the clock stands at {self.now.isoformat()}, and cannot go back to {target.isoformat()}"
            )
        return await self._place.advance_to(target, timeout_s)

    async def redrive(self, step: str) -> int:
        """Queue the dead letters of an event Step again, with all their attempts; how many."""
        return await self._place.redrive(self._step(step, "event"))

    # looking

    async def dead_letters(self, step: str) -> list[DeadLetter]:
        """The events of an event Step that failed all their attempts, oldest first."""
        return await self._place.dead_letters(self._step(step, "event"))

    @property
    def now(self) -> datetime:
        """Where the clock stands, in UTC."""
        return self._place.now()

    @property
    def events(self) -> list[Emitted]:
        """Everything emitted so far, by Steps and by `emit`, in order."""
        return self._place.emitted

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log records so far, those under LOG_LEVEL (default info) left out."""
        return self._place.logs

    @property
    def pushed(self) -> list[dict[str, Any]]:
        """What subscribers of the streams were told: {timestamp, streamName, groupId, id?, event}."""
        return self._place.pushed

    @property
    def steps(self) -> dict[str, StepDescriptor]:
        """The Steps by name."""
        return self._place.steps

    def _target(self, step: str, path: str | None, path_params: Mapping[str, Any] | None) -> tuple[str, str]:
        found = self.steps.get(step)
        if path is None and found is None and " /" in step:
            step, _, path = step.partition(" ")
        if path is not None:
            if path_params:
                path = fill_path(path, path_params)
            return step, path
        found = self._step(step, "api")
        return found.method or "GET", fill_path(found.path or "/", path_params or {})

    def _step(self, name: str, kind: str) -> StepDescriptor:
        step = self.steps.get(name)
        if step is None or step.type != kind:
            what = f"there is no Step {name!r}" if step is None else f"the Step {name!r} is of type {step.type!r}"
            known = ", ".join(sorted(other.name for other in self.steps.values() if other.type == kind))
            raise ProjectError(what, allowed=known or f"the project has no {kind} Steps")
        return step


def to_moment(given: datetime | str) -> datetime:
    """An aware moment. ProjectError for one without a time zone, or for text that is none."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise ProjectError(f"{given!r} is not a moment", allowed='ISO 8601, such as "2026-01-01T06:00:00Z"') from None
    if moment.tzinfo is None:
        raise ProjectError(f"{given!s} has no time zone", allowed='"...Z", "...+02:00", datetime(..., tzinfo=UTC)')
    return moment.astimezone(UTC)
