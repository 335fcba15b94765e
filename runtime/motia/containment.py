"""Keeping what a user's function does to the process an ordinary failure of that function."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from motia.errors import HandlerExit

T = TypeVar("T")


async def contained(work: Awaitable[T], where: str) -> T:
    """Await `work`; what would end the process or the task becomes HandlerExit. where: the user's file.

    Only a cancellation of the caller's own task passes through.
    """
    try:
        return await work
    except (Exception, KeyboardInterrupt, GeneratorExit):
        raise
    except SystemExit as left:
        raise HandlerExit(f"the handler called sys.exit({left.code!r})", where=where) from left
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise HandlerExit("the handler awaited a task that was cancelled", where=where) from cancelled
    except BaseException as other:
        raise HandlerExit(f"the handler raised {type(other).__name__}: {other}", where=where) from other
