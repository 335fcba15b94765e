"""`motia generate-types`."""

from motia_cli.commands.generate.types import command

__all__ = ["command"]
