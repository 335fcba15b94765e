"""`motia emulator`: the AWS emulator of this project."""

from __future__ import annotations

from pathlib import Path

import click

from motia_cli.output import Console


@click.group("emulator")
def command() -> None:
    """The embedded AWS emulator of this project.

    'motia cloud deploy --local' starts it when none answers. It listens on the loopback interface only and enforces IAM.
    """


@command.command("start")
def start() -> None:
    """Start the emulator, or say where it already runs."""
    from motia_local import emulator

    console = Console()
    endpoint = emulator.ensure(Path.cwd(), report=console.note)
    console.result(endpoint.url)


@command.command("status")
def status() -> int:
    """Say whether the emulator runs, and where. Exit code 1 when it does not."""
    from motia_local import emulator

    console = Console()
    endpoint = emulator.status(Path.cwd())
    if endpoint is None:
        console.result("not running")
        return 1
    console.result(f"running at {endpoint.url}")
    return 0


@command.command("stop")
def stop() -> None:
    """Stop the emulator; everything deployed to it is gone."""
    from motia_local import emulator

    stopped = emulator.stop(Path.cwd())
    Console().step("Emulator stopped" if stopped else "The emulator was not running")


@command.command("reset")
def reset() -> None:
    """Remove everything that was deployed to the emulator."""
    from motia_local import emulator

    emulator.reset(Path.cwd())
    Console().step("Emulator reset")
