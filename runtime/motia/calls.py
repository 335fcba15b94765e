"""What a context method returns: a call that happens whether or not the Step awaits it.

Awaited at once, a call runs inside the handler's own task and costs no task of its own. Not awaited, it starts at the
next turn of the loop, and the invocation waits for it before it ends. From another thread (a sync handler runs in one)
it is handed to the loop at once; `asyncio.run(context.state.get(...))` waits for it there.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")
OnFailure = Callable[[str, BaseException], None]

DRAIN_LIMIT_S = 10.0


class Call(Coroutine[Any, Any, T]):
    """A call that has started or is about to. A coroutine to asyncio: create_task, gather and wait_for take it."""

    def __init__(self, owner: Calls, name: str, work: Coroutine[Any, Any, T]) -> None:
        self.name = name
        self.awaited = False
        self._owner = owner
        self._work: Coroutine[Any, Any, T] | None = work
        self._task: asyncio.Task[T] | None = None
        self._remote: concurrent.futures.Future[T] | None = None
        self._steps: Generator[Any, None, T] | None = None
        if asyncio._get_running_loop() is owner.loop:
            owner.unstarted[self] = None
            owner.loop.call_soon(self._start)
        else:
            self._remote = asyncio.run_coroutine_threadsafe(self._take(), owner.loop)

    def _take(self) -> Coroutine[Any, Any, T]:
        assert self._work is not None
        work, self._work = self._work, None
        return work

    def _start(self) -> None:
        if self._work is not None:
            work = self._take()
            self._task = self._owner.loop.create_task(self._begin(work))
            self._task.add_done_callback(lambda _: self._end(work))

    async def _begin(self, work: Coroutine[Any, Any, T]) -> T:
        self._owner.unstarted.pop(self, None)
        return await work

    def _end(self, work: Coroutine[Any, Any, T]) -> None:
        """Tidy up after a task that was cancelled before it began."""
        self._owner.unstarted.pop(self, None)
        work.close()

    async def settle(self) -> None:
        """Wait for a call that nobody awaited; its failure is raised here."""
        self._start()
        if self._task is not None:
            await self._task
        elif self._remote is not None:
            await asyncio.wrap_future(self._remote)

    def __await__(self) -> Generator[Any, None, T]:
        self.awaited = True
        self._owner.open.discard(self)
        if self._work is not None:
            if next(iter(self._owner.unstarted)) is self:
                del self._owner.unstarted[self]
                return self._take().__await__()
            for earlier in list(self._owner.unstarted):  # calls start in the order in which they were made
                earlier._start()
        if self._remote is not None:
            return asyncio.wrap_future(self._remote).__await__()
        if self._task is None:
            raise RuntimeError(f"cannot await {self.name} twice")
        return self._task.__await__()

    def send(self, value: Any) -> Any:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        if self._steps is None:
            self._steps = self.__await__()
        error = kind if isinstance(kind, BaseException) else value if isinstance(value, BaseException) else kind()
        return self._steps.throw(error)

    def close(self) -> None:
        if self._steps is not None:
            self._steps.close()


class Calls:
    """The calls of one invocation."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.open: set[Call[Any]] = set()
        self.unstarted: dict[Call[Any], None] = {}  # in the order they were made, on the loop's own thread

    def make(self, name: str, work: Coroutine[Any, Any, T]) -> Call[T]:
        """A call of `work`; name: for messages, such as `state.set`."""
        call = Call(self, name, work)
        self.open.add(call)
        return call

    async def drain(self, on_failure: OnFailure, limit_s: float = DRAIN_LIMIT_S) -> None:
        """Wait up to `limit_s` seconds for the calls nobody awaited; tell `on_failure` which failed or were late."""
        while pending := [call for call in self.open if not call.awaited]:
            self.open.clear()
            waiting = {asyncio.ensure_future(call.settle()): call for call in pending}
            _, late = await asyncio.wait(waiting, timeout=limit_s)
            for future, call in waiting.items():
                if future in late:
                    future.cancel()
                    on_failure(call.name, TimeoutError(f"not done after {limit_s:g} s"))
                elif (error := _error_of(future)) is not None:
                    on_failure(call.name, error)


def _error_of(future: asyncio.Future[Any]) -> BaseException | None:
    return asyncio.CancelledError() if future.cancelled() else future.exception()
