"""The same app for tests that are not asynchronous: `with motia_test("path/to/project") as app`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from motia.descriptor import StepDescriptor
from motia.errors import ProjectError
from motia.testing.app import TIMEOUT_S, MotiaTest
from motia.testing.http import Response
from motia.testing.recorded import DeadLetter, Emitted

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, Any]], Any]


@contextmanager
def motia_test(
    root: str | Path = ".",
    *,
    env: Mapping[str, str] | None = None,
    now: datetime | str | None = None,
    adapters: Mapping[str, Any] | None = None,
    isolate: bool = True,
) -> Iterator[PlainApp]:
    """The project at `root`, in memory, for plain tests; arguments as MotiaTest.

    Its loop turns inside the calls only. ProjectError inside a running loop: use MotiaTest there.
    """
    if asyncio._get_running_loop() is not None:
        raise ProjectError("a loop runs here", remedy="use `async with MotiaTest(...)` in asynchronous tests")
    with asyncio.Runner() as runner:
        app = MotiaTest(root, env=env, now=now, adapters=adapters, isolate=isolate)
        try:
            runner.run(app.start())
            yield PlainApp(app, runner.run)
        finally:
            runner.run(app.stop())


class PlainApp:
    """MotiaTest, with every method returning its result. state, streams: likewise."""

    def __init__(self, app: MotiaTest, run: Run) -> None:
        self._app = app
        self._run = run
        self.state = Waiting(app.state, run)
        self.streams = WaitingStreams(app, run)

    def call(
        self,
        step: str,
        path: str | None = None,
        *,
        body: Any = None,
        headers: Mapping[str, str | Iterable[str]] | None = None,
        query: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
    ) -> Response:
        """As MotiaTest.call."""
        answer: Response = self._run(
            self._app.call(step, path, body=body, headers=headers, query=query, path_params=path_params)
        )
        return answer

    def emit(self, topic: str, data: Any = None, message_group_id: str | None = None) -> str:
        """As MotiaTest.emit."""
        trace_id: str = self._run(self._app.emit(topic, data, message_group_id))
        return trace_id

    def wait_idle(self, timeout_s: float = TIMEOUT_S) -> None:
        """As MotiaTest.wait_idle."""
        self._run(self._app.wait_idle(timeout_s))

    def cron(self, step: str) -> None:
        """As MotiaTest.cron."""
        self._run(self._app.cron(step))

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0, timeout_s: float = TIMEOUT_S
    ) -> list[str]:
        """As MotiaTest.advance."""
        ran: list[str] = self._run(
            self._app.advance(seconds, minutes=minutes, hours=hours, days=days, timeout_s=timeout_s)
        )
        return ran

    def advance_to(self, moment: datetime | str, *, timeout_s: float = TIMEOUT_S) -> list[str]:
        """As MotiaTest.advance_to."""
        ran: list[str] = self._run(self._app.advance_to(moment, timeout_s=timeout_s))
        return ran

    def dead_letters(self, step: str) -> list[DeadLetter]:
        """As MotiaTest.dead_letters."""
        found: list[DeadLetter] = self._run(self._app.dead_letters(step))
        return found

    def redrive(self, step: str) -> int:
        """As MotiaTest.redrive."""
        count: int = self._run(self._app.redrive(step))
        return count

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, run in the app's loop."""
        result: T = self._run(work)
        return result

    @property
    def now(self) -> datetime:
        return self._app.now

    @property
    def events(self) -> list[Emitted]:
        return self._app.events

    @property
    def logs(self) -> list[dict[str, Any]]:
        return self._app.logs

    @property
    def pushed(self) -> list[dict[str, Any]]:
        return self._app.pushed

    @property
    def steps(self) -> dict[str, StepDescriptor]:
        return self._app.steps


class Waiting:
    """The methods of an asynchronous object, each waited for."""

    def __init__(self, target: Any, run: Run) -> None:
        self._target = target
        self._run = run

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if not callable(method):
            return method

        def wait(*arguments: Any, **named: Any) -> Any:
            async def work() -> Any:
                result = method(*arguments, **named)
                return await result if inspect.isawaitable(result) else result

            return self._run(work())

        return wait


class WaitingStreams:
    """The project's streams by name: `app.streams.chat.get_group("room")`, `app.streams["chat"]`."""

    def __init__(self, app: MotiaTest, run: Run) -> None:
        self._app = app
        self._run = run

    def __getitem__(self, name: str) -> Waiting:
        return Waiting(self._app.streams[name], self._run)

    def __getattr__(self, name: str) -> Waiting:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]
