"""`motia start`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("start")
@click.option(
    "-p", "--port", type=click.IntRange(0, 65_535), default=3000, show_default=True, help="Port; it has to be free."
)
@click.option("-H", "--host", default="localhost", show_default=True, help="Address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes. Default: as many as the cores, 2 to 4.")
@click.option("-d", "--debug", is_flag=True, help="Show debug logs.")
@click.option("--json", "json_logs", is_flag=True, help="Print logs as JSON lines.")
@click.option("--motia-dir", type=click.Path(path_type=Path), help="Folder of the local data. Default: .motia")
def command(port: int, host: str, workers: int | None, debug: bool, json_logs: bool, motia_dir: Path | None) -> int:
    """Serve the project on this machine as it is now, in several processes."""
    from motia_local.start import StartOptions, run_start

    options = StartOptions(port=port, host=host, workers=workers, debug=debug, json_logs=json_logs, motia_dir=motia_dir)
    return run_start(Path.cwd(), options)
