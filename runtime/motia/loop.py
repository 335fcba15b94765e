"""One event loop for the life of a process.

`asyncio.run` makes a loop a call: connections and tasks of an earlier invocation would not survive it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from motia.errors import HandlerExit

T = TypeVar("T")

_loop: asyncio.AbstractEventLoop | None = None


def current() -> asyncio.AbstractEventLoop:
    """The loop, made at the first call."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
        asyncio.set_event_loop(_loop)
    return _loop


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end. A task of the Step's own that calls sys.exit stops the loop: that is a HandlerExit."""
    loop = current()
    task = loop.create_task(work)
    try:
        return loop.run_until_complete(task)
    except SystemExit as left:
        task.cancel()
        loop.run_until_complete(asyncio.wait([task]))
        raise HandlerExit(f"a task called sys.exit({left.code!r})") from left
