"""The life of `motia start`, from the command to its exit code."""

from __future__ import annotations

import asyncio
from pathlib import Path

from motia_local.dev.run import live
from motia_local.start.options import StartOptions
from motia_local.start.pool import ServingPool
from motia_local.workers.pools import Pools


def run_start(root: Path, options: StartOptions | None = None) -> int:
    """Serve the project at `root` until SIGINT or SIGTERM; the exit code. Raises MotiaError when it cannot start."""
    from motia_local.start.server import make_serving_pools

    root, options = Path(root).resolve(), options or StartOptions()

    async def serve(pool: Pools[ServingPool], stop: asyncio.Event) -> None:
        await _serve(root, options, pool, stop)

    return live(root, lambda: make_serving_pools(root, options.workers), serve)


async def _serve(root: Path, options: StartOptions, pool: Pools[ServingPool], stop: asyncio.Event) -> None:
    from motia_local.dev.report import Reporter
    from motia_local.server.console import Console
    from motia_local.server.local import ServerOptions
    from motia_local.start.server import StartServer

    console = Console(json_lines=options.json_logs)
    server = StartServer(
        root,
        ServerOptions(
            host=options.host,
            port=options.port,
            motia_dir=options.motia_dir,
            debug=options.debug,
            json_logs=options.json_logs,
        ),
        console=console,
        pool=pool,
    )
    starting = asyncio.ensure_future(server.start())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            Reporter(console).started(server, starting.result(), options.port)
            await stopping
            console.say("Stopping.")
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await server.stop(options.grace_s)
