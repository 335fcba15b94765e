"""`motia generate`: one command a file."""

from __future__ import annotations

import click

from motia_cli.commands.generate import openapi, types


@click.group("generate")
def command() -> None:
    """Make files from what the Steps say of themselves."""


for module in (openapi, types):
    command.add_command(module.command)
