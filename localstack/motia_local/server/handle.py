"""A local server in a thread: for tests, and for programs that are not asynchronous.

with start_local(root) as local:
    urlopen(local.url + "/orders")
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from motia_local.engine import Engine
from motia_local.server.local import LocalServer, ServerOptions

T = TypeVar("T")


class LocalHandle:
    """A running server. Methods may be called from any thread."""

    def __init__(self, server: LocalServer, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        self.server = server
        self._loop = loop
        self._thread = thread

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def engine(self) -> Engine:
        """To be used in the server's loop: `local.run(local.engine.state.get(...))`."""
        return self.server.engine

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = 60.0) -> T:
        """The result of a coroutine, run in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def wait_idle(self, timeout_s: float = 30.0) -> bool:
        """True when no event waits or runs any more; False after `timeout_s` seconds."""
        return self.run(self.server.wait_idle(timeout_s), timeout_s + 5)

    def fire(self, step_id: str, scheduled: datetime | None = None) -> bool:
        """Run a cron Step as its tick would; see `LocalServer.fire`."""
        return self.run(self.server.fire(step_id, scheduled))

    def reload(self) -> None:
        """Serve what is on disk now."""
        self.run(self.server.reload())

    def stop(self) -> None:
        """Stop the server; harmless when it is stopped."""
        if self._thread.is_alive():
            self.run(self.server.stop(grace_s=1))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)


def start_local(
    root: Path, options: ServerOptions | None = None, *, server_type: type[LocalServer] = LocalServer
) -> LocalHandle:
    """Start a server for the project at `root`; it answers when this returns. Raises as `LocalServer.start`."""
    import uvloop

    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=_turn, args=(loop,), name="motia-local", daemon=True)
    thread.start()

    async def make() -> LocalServer:
        server = server_type(root, options)
        await server.start()
        return server

    try:
        server = asyncio.run_coroutine_threadsafe(make(), loop).result(120)
    except BaseException:
        loop.call_soon_threadsafe(loop.stop)
        raise
    return LocalHandle(server, loop, thread)


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()
