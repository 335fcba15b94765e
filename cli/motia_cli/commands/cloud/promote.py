"""`motia cloud promote`."""

from __future__ import annotations

from dataclasses import asdict

import click

from motia_cli.commands.cloud.options import Options, environment_options, place
from motia_cli.progress import Progress


@click.command("promote")
@click.argument("version")
@environment_options
def command(options: Options, version: str) -> None:
    """Make a deployed version the live one: routes and schedules move together, without a build."""
    from motia_cdk.deploy import promote

    console = options.console()
    where = place(options)
    result = promote(
        where.project,
        where.environment,
        version,
        api_key=where.api_key,
        target=where.target,
        report=Progress(console),
    )
    if options.as_json:
        console.json(asdict(result))
    else:
        console.result(f"{result.version} is live: {result.api_url}")
