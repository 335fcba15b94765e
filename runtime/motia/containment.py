"""Keeping what a user's function does to the process an ordinary failure of that function."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from motia.errors import HandlerExit

T = TypeVar("T")


async def contained(work: Awaitable[T], where: str) -> T:
    """Await `work`; what would end the process or the task becomes HandlerExit. where: the user's file.

    Only a cancellation of the caller's own task, and the end of the coroutine itself, pass through. A KeyboardInterrupt
    is the handler's own: workers and functions take no signals, and event loops make a cancellation of Ctrl-C.
    """
    try:
        return await work
    except (Exception, GeneratorExit):
        raise
    except SystemExit as left:
        raise HandlerExit(f"the handler called sys.exit({left.code!r})", where=where) from left
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise HandlerExit("the handler awaited a task that was cancelled", where=where) from cancelled
    except BaseException as other:
        text = f": {other}" if str(other) else ""
        raise HandlerExit(f"the handler raised {type(other).__name__}{text}", where=where) from other
