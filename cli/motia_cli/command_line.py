"""The `motia` command: a lazy group of commands, and the one place where errors become text and exit codes.

Exit codes: 0 done, 1 the project or its input is wrong, 2 the command line is wrong, 3 AWS or the emulator refused,
130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from motia.errors import MotiaError
from motia_cli.output import Console

COMMANDS = {
    "build": "Bundle every Step for Lambda",
    "cloud": "Deploy to your AWS account, promote and roll back",
    "dev": "Serve the project on this machine",
    "emit": "Send an event to the local server",
    "emulator": "The embedded AWS emulator: status, stop, reset",
    "generate": "Make an OpenAPI document or TypeScript types from the Steps",
    "generate-types": "Write types.d.ts for TypeScript Steps",
    "install": "Install the project's Python and npm packages",
    "logs": "Show the logs of the local server",
    "start": "Serve the project in several processes, as it is now",
    "version": "Show the version",
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called: `motia --help` costs nothing of what a deploy needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"motia_cli.commands.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean 'motia {near[0]}'?" if near else " 'motia --help' lists the commands."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(version("motia-aws"))
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-C",
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Work in this folder instead of the current one.",
)
@click.option("-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version)
def cli(directory: Path | None) -> None:
    """Run Motia Steps on this machine, on an AWS emulator and in your own AWS account."""
    if directory:
        os.chdir(directory)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; its exit code."""
    console = Console()
    try:
        result = cli.main(args=arguments, prog_name="motia", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return _interrupted(console)
    except click.UsageError as wrong:
        wrong.show()
        return 2
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except MotiaError as wrong:
        console.failure(wrong)
        return wrong.exit_code
    except KeyboardInterrupt:
        return _interrupted(console)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as refused:
        from motia_cli.disk_error import disk_error

        told = disk_error(refused)
        if told is None:
            raise
        console.failure(told)
        return told.exit_code
    return result if isinstance(result, int) else 0


def _interrupted(console: Console) -> int:
    console.note("Interrupted.")
    return 130
