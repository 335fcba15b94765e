"""The life of `motia dev`, from the command to its exit code.

The workers start before the server's own imports, which take as long as they do: two cores, one wait.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from motia_local.dev.options import DevOptions
from motia_local.workers.pools import Pools, make_pools

P = TypeVar("P", bound=Pools[Any])

GRACE_S = 5.0  # for what is at work when the server is told to stop


def run_dev(root: Path, options: DevOptions | None = None) -> int:
    """Serve the project at `root` until SIGINT or SIGTERM; the exit code. Raises MotiaError when it cannot start."""
    root, options = Path(root).resolve(), options or DevOptions()

    async def serve(pool: Pools[Any], stop: asyncio.Event) -> None:
        await _serve(root, options, pool, stop)

    return live(root, lambda: _make_pools(root, options), serve)


def _make_pools(root: Path, options: DevOptions) -> Pools[Any]:
    if options.inspect is None:
        return make_pools(root, options.workers, print)
    from motia_local.dev.inspect import make_inspected_pools

    return make_inspected_pools(root, options.inspect)


def live(root: Path, make: Callable[[], P], serve: Callable[[P, asyncio.Event], Awaitable[None]]) -> int:
    """Make a pool, start its workers, serve with it until told to stop, end them; the exit code.

    A second signal kills the workers.
    """
    import uvloop

    return uvloop.run(_live(root, make, serve))


async def _live(root: Path, make: Callable[[], P], serve: Callable[[P, asyncio.Event], Awaitable[None]]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    pool = make()
    presses = 0

    def told_to_stop() -> None:
        nonlocal presses
        presses += 1
        stop.set()
        if presses > 1:
            pool.kill()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told_to_stop)
    try:
        if root.is_dir():
            await pool.prestart()
        await serve(pool, stop)
    finally:
        await pool.close(0)
    return 0


async def _serve(root: Path, options: DevOptions, pool: Pools[Any], stop: asyncio.Event) -> None:
    from motia_local.dev.reload import Reloader
    from motia_local.dev.report import Reporter
    from motia_local.dev.snapshot import take
    from motia_local.server.console import Console
    from motia_local.server.local import LocalServer, ServerOptions

    console = Console(json_lines=options.json_logs)
    reporter = Reporter(console)
    server = LocalServer(
        root,
        ServerOptions(
            host=options.host,
            port=options.port,
            port_tries=10,
            motia_dir=options.motia_dir,
            debug=options.debug,
            json_logs=options.json_logs,
            dev=True,
            patient=options.inspect is not None,
        ),
        console=console,
        pool=pool,
    )
    since = time.time_ns()
    files = take(root)
    starting = asyncio.ensure_future(server.start())
    stopping = asyncio.ensure_future(stop.wait())
    reloader = None
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            return
        reporter.started(server, starting.result(), options.port)
        if options.inspect is not None:
            from motia_local.dev.inspect import describe_inspectors

            for line in describe_inspectors(root, options.inspect):
                console.say(line, "🐞")
        if options.watch:
            reloader = Reloader(server, reporter, files, since)
            reloader.start()
        await stopping
        console.say("Stopping.")
    finally:
        starting.cancel()
        stopping.cancel()
        if reloader is not None:
            await reloader.stop()
        await asyncio.gather(starting, return_exceptions=True)
        await server.stop(GRACE_S)
