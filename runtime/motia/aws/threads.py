"""Blocking calls beside the event loop: `asyncio.gather` of ten state calls makes ten calls at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

THREADS = 16


class Threads:
    """A small pool of threads, started one by one as they are needed."""

    def __init__(self, limit: int = THREADS) -> None:
        self._executor = ThreadPoolExecutor(max_workers=limit, thread_name_prefix="motia-aws")

    def run(self, function: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> asyncio.Future[_R]:
        """Start `function` in a thread; gives an awaitable of its result."""
        loop = asyncio.get_running_loop()
        if kwargs:
            from functools import partial

            return loop.run_in_executor(self._executor, partial(function, *args, **kwargs))
        return loop.run_in_executor(self._executor, function, *args)

    async def each(self, function: Callable[..., _R], many: list[tuple[Any, ...]]) -> list[_R]:
        """`function` for every tuple of arguments, in parallel; results in their order, or the first error."""
        return list(await asyncio.gather(*[self.run(function, *args) for args in many]))

    def close(self) -> None:
        """Wait for what runs, take nothing more."""
        self._executor.shutdown()
