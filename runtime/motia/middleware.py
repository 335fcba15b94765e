"""Middleware around a handler: `m(req, context, next_fn)`, run in the order of the config, the handler last."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable, Sequence
from types import FunctionType
from typing import Any

from motia.errors import ResponseError
from motia.request import Request

Handler = Callable[..., Any]


async def call(function: Handler, *args: Any) -> Any:
    """Call an async function on the loop, a sync one in a thread, so that it does not hold up the loop."""
    if is_async(function):
        return await function(*args)
    run = contextvars.copy_context().run
    result, error = await asyncio.get_running_loop().run_in_executor(None, run, _guarded, function, args)
    if error is not None:
        raise error
    while inspect.isawaitable(result):  # `def handler(...): return work()` with an async `work`
        result = await result
    return result


def is_async(function: Handler) -> bool:
    """Whether calling it gives a coroutine: an async function, a partial of one, an object with an async __call__."""
    if type(function) is FunctionType and function.__code__.co_flags & inspect.CO_COROUTINE:
        return True
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _guarded(function: Handler, args: Sequence[Any]) -> tuple[Any, BaseException | None]:
    """An executor must not see SystemExit or StopIteration: its future cannot carry them."""
    try:
        return function(*args), None
    except BaseException as error:
        return None, error


def compose(
    middleware: Sequence[Handler], handler: Callable[[Request], Awaitable[Any]], context: Any
) -> Callable[[Request], Awaitable[Any]]:
    """`handler` inside `middleware`, the first outermost.

    `next_fn()` goes on with the same request, `next_fn(request)` with another. What a middleware returns is the
    response; not calling `next_fn` keeps the handler from running.
    """
    run = handler
    for layer in reversed(middleware):
        run = _wrap(layer, run, context)
    return run


def _wrap(
    layer: Handler, inner: Callable[[Request], Awaitable[Any]], context: Any
) -> Callable[[Request], Awaitable[Any]]:
    async def run(request: Request) -> Any:
        async def next_fn(replaced: Any = None) -> Any:
            return await inner(request if replaced is None else _as_request(replaced))

        result = await call(layer, request, context, next_fn)
        if result is None:
            raise ResponseError(
                f"the middleware {getattr(layer, '__name__', layer)!r} returned nothing",
                remedy="end it with `return await next_fn()` or with a response",
            )
        return result

    return run


def _as_request(value: Any) -> Request:
    return value if isinstance(value, Request) else Request(value)
