"""`motia install`."""

from __future__ import annotations

from pathlib import Path

import click

from motia_cli.output import Console


@click.command("install")
def command() -> None:
    """Make the project ready to run.

    npm packages with the package manager whose lock file is there; python_modules from the requirements; for TypeScript
    and JavaScript Steps esbuild, if the project has none, and the types of `motia`.
    """
    from motia_project.install import install

    install(Path.cwd(), report=Console().note)
