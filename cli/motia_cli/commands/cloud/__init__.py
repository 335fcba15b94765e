"""`motia cloud`: one command a file."""

from __future__ import annotations

import click

from motia_cli.commands.cloud import deploy, destroy, promote, prune, rollback, versions


@click.group("cloud")
def command() -> None:
    """Deploy to your AWS account, promote, roll back, list and remove versions.

    Credentials and region are those of the AWS CLI. With --local everything happens on the emulator of this project.
    """


for module in (deploy, promote, rollback, versions, prune, destroy):
    command.add_command(module.command)
