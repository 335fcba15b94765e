"""`motia emulator`: the AWS emulator of this project."""

from __future__ import annotations

from pathlib import Path

import click

from motia_cli.output import Console


@click.group("emulator")
def command() -> None:
    """The embedded AWS emulator of this project.

    'motia cloud deploy --local' starts it when none answers. It listens on the loopback interface only, and enforces
    IAM.
    """


@command.command("start")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="Port; default: the one it had last time, or a free one."
)
def start(port: int) -> None:
    """Start the emulator, or say where it already runs."""
    from motia_local import emulator

    console = Console()
    console.result(emulator.start(_folder(), port=port, report=console.note).url)


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> int:
    """Say whether the emulator runs, and where. Exit code 1 when it does not."""
    from dataclasses import asdict

    from motia_local import emulator

    found = emulator.status(_folder())
    if as_json:
        Console().json(asdict(found))
    else:
        Console().result(
            f"running at {found.url} (process {found.pid}, log {found.log})" if found.running else "not running"
        )
    return 0 if found.running else 1


@command.command("stop")
def stop() -> None:
    """Stop the emulator; what was deployed to it is gone."""
    from motia_local import emulator

    stopped = emulator.stop(_folder())
    Console().step("Emulator stopped" if stopped else "The emulator was not running")


@command.command("reset")
def reset() -> int:
    """Forget everything that was deployed to the emulator."""
    from motia_local import emulator

    done = emulator.reset(_folder())
    Console().step("Emulator reset" if done else "The emulator was not running")
    return 0


def _folder() -> Path:
    return Path.cwd() / ".motia"
