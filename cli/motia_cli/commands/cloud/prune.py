"""`motia cloud prune`."""

from __future__ import annotations

import click

from motia_cli.commands.cloud.options import Options, environment_options, place
from motia_cli.progress import Progress


@click.command("prune")
@click.option("--keep", type=click.IntRange(min=0), help="Versions kept beside the live one. Default: keep_versions.")
@environment_options
def command(options: Options, keep: int | None) -> None:
    """Delete old versions whose queues are empty."""
    from motia_cdk.deploy import prune

    console = options.console()
    where = place(options)
    gone = prune(
        where.project,
        where.environment,
        api_key=where.api_key,
        keep=keep,
        target=where.target,
        report=Progress(console),
    )
    if options.as_json:
        console.json({"deleted": list(gone)})
    else:
        console.step(f"{len(gone)} versions deleted", ", ".join(gone))
