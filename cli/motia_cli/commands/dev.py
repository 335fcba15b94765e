"""`motia dev`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("dev")
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65_535),
    default=3000,
    show_default=True,
    help="Port; the next free one is taken when it is busy.",
)
@click.option("-H", "--host", default="localhost", show_default=True, help="Address to listen on.")
@click.option("-d", "--debug", is_flag=True, help="Show debug logs.")
@click.option(
    "--inspect",
    type=click.IntRange(0, 65_534),
    is_flag=False,
    flag_value=0,
    metavar="[PORT]",
    help="Let a debugger attach to this port. Default: 5678 for Python, which needs debugpy, 9229 for TypeScript.",
)
@click.option("--json", "json_logs", is_flag=True, help="Print logs as JSON lines.")
@click.option("--motia-dir", type=click.Path(path_type=Path), help="Folder of the local data. Default: .motia")
def command(port: int, host: str, debug: bool, inspect: int | None, json_logs: bool, motia_dir: Path | None) -> int:
    """Serve the project on this machine, and serve what you save."""
    from motia_local.dev import DevOptions, run_dev

    options = DevOptions(port=port, host=host, debug=debug, json_logs=json_logs, motia_dir=motia_dir, inspect=inspect)
    return run_dev(Path.cwd(), options)
