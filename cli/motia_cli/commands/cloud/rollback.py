"""`motia cloud rollback`."""

from __future__ import annotations

from dataclasses import asdict

import click

from motia_cli.commands.cloud.options import Options, environment_options, place
from motia_cli.progress import Progress


@click.command("rollback")
@environment_options
def command(options: Options) -> None:
    """Make the version live that was live before."""
    from motia_cdk.deploy import rollback

    console = options.console()
    where = place(options)
    result = rollback(
        where.project, where.environment, api_key=where.api_key, target=where.target, report=Progress(console)
    )
    if options.as_json:
        console.json(asdict(result))
    else:
        console.result(f"{result.version} is live: {result.api_url}")
