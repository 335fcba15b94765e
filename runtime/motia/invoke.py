"""Running a Step once. The Lambda entry points, the local workers and the tests all come through here.

step = load_step(root, descriptor)
response = await invoke_api(step, request, backend, topics, trace_id=new_trace_id())
"""

from __future__ import annotations

import asyncio
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from motia.backend import Backend
from motia.containment import contained
from motia.context import FlowContext
from motia.descriptor import StepDescriptor
from motia.emit import Topics
from motia.errors import RequestError, StepError
from motia.http import HttpRequest, HttpResponse
from motia.http_body import MAX_BODY_BYTES
from motia.loading import LoadedStep, load_step
from motia.logger import Logger
from motia.middleware import call, compose
from motia.request import Request, read_request
from motia.response import SERVER_ERROR, encode, refusal

__all__ = ["LoadedStep", "invoke_api", "invoke_cron", "invoke_event", "load_step", "log_failure"]

API_FAILURE = "[API] Internal server error"
_CONTEXT_NAMES = ("context", "ctx", "_context", "_ctx")


async def invoke_api(
    step: LoadedStep,
    request: HttpRequest,
    backend: Backend,
    topics: Topics,
    *,
    trace_id: str,
    streams: tuple[str, ...] = (),
    max_body_bytes: int = MAX_BODY_BYTES,
) -> HttpResponse:
    """Answer one request. Never raises: a request that cannot be read is a 4xx, a failing handler an error log and 500.

    topics: subscribers by topic. streams: names of the project's streams. Only a cancellation of the caller's own task
    passes through.
    """
    try:
        req = read_request(request, max_body_bytes)
    except RequestError as refused:
        return refusal(refused)
    context = FlowContext(step.descriptor, backend, topics, trace_id, streams)

    async def handle(given: Request) -> Any:
        return await call(step.handler, *_arguments(step, given, context))

    try:
        result = await _run(step, compose(step.middleware, handle, context)(req), context)
        return encode(result, head=request.method == "HEAD")
    except Exception as error:
        context.logger.error(API_FAILURE, {"error": error})
        return SERVER_ERROR


async def invoke_event(
    step: LoadedStep,
    data: Any,
    backend: Backend,
    topics: Topics,
    *,
    trace_id: str,
    streams: tuple[str, ...] = (),
) -> None:
    """Handle one event; raises what the handler raised (HandlerExit for sys.exit), and logs nothing about it."""
    context = FlowContext(step.descriptor, backend, topics, trace_id, streams)
    await _run(step, call(step.handler, *_arguments(step, data, context)), context)


async def invoke_cron(
    step: LoadedStep, backend: Backend, topics: Topics, *, trace_id: str, streams: tuple[str, ...] = ()
) -> None:
    """Run a cron Step once; raises what the handler raised (HandlerExit for sys.exit), and logs nothing about it."""
    context = FlowContext(step.descriptor, backend, topics, trace_id, streams)
    await _run(step, call(step.handler, *_cron_arguments(step, context)), context)


def log_failure(
    step: StepDescriptor, backend: Backend, trace_id: str, message: str, error: BaseException, **fields: Any
) -> None:
    """Write an error record in the name of a Step, with `error` as {message, stack, name, code?}."""
    logger = Logger(step.name, trace_id, list(step.flows), backend.logs, backend.trace)
    logger.error(message, {"error": error, **fields})


def _arguments(step: LoadedStep, value: Any, context: FlowContext) -> tuple[Any, ...]:
    """What an api or event handler is called with, by how many parameters it has."""
    if step.arity >= 2:
        return value, context
    if step.arity == 0:
        return ()
    return (context,) if step.parameters[0] in _CONTEXT_NAMES else (value,)


def _cron_arguments(step: LoadedStep, context: FlowContext) -> tuple[Any, ...]:
    """The context; after an empty input for a handler that must have two, or has its second named for it."""
    named = len(step.parameters) > 1 and step.parameters[1] in _CONTEXT_NAMES
    if step.required >= 2 or (named and step.parameters[0] not in _CONTEXT_NAMES):
        return {}, context
    return (context,) if step.arity else ()


async def _run(step: LoadedStep, work: Any, context: FlowContext) -> Any:
    """Await a handler and the calls it left behind; what ends a process or a task becomes an ordinary failure."""
    try:
        result = await contained(work, step.descriptor.file)
        if isinstance(result, GeneratorType | AsyncGeneratorType):
            raise StepError(
                "the handler returned a generator, of which nothing has run",
                where=step.descriptor.file,
                remedy="write `return` where it has `yield`",
            )
        return result
    finally:
        task = asyncio.current_task()
        if task is None or not task.cancelling():
            await context.finish()
