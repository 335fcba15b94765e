"""`motia install`."""

from __future__ import annotations

from pathlib import Path

import click

from motia_cli.output import Console


@click.command("install")
@click.option("-v", "--verbose", is_flag=True, help="Show what the installer prints.")
def command(verbose: bool) -> None:
    """Make the project's Python environment, python_modules, from its requirements."""
    from motia_project.install import install

    console = Console()
    install(Path.cwd(), report=console.note)
    console.step("python_modules is ready")
