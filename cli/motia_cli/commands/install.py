"""`motia install`."""

from __future__ import annotations

from pathlib import Path

import click

from motia_cli.output import Console


@click.command("install")
def command() -> None:
    """Make the project's Python environment, python_modules, from its requirements."""
    from motia_project.install import install

    install(Path.cwd(), report=Console().note)
