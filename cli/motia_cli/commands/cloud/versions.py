"""`motia cloud list`."""

from __future__ import annotations

from dataclasses import asdict

import click

from motia_cli.commands.cloud.options import Options, environment_options, place


@click.command("list")
@environment_options
def command(options: Options) -> None:
    """Show the versions of an environment, oldest first."""
    from motia_cdk.deploy import list_versions

    console = options.console()
    where = place(options, needs_key=False)
    versions = list_versions(where.project, where.environment, target=where.target)
    if options.as_json:
        rows = [asdict(found) for found in versions]
        console.json({"project": where.project, "environment": where.environment, "versions": rows})
        return
    if not versions:
        console.note(f"{where.project} has no versions in {where.environment}")
    for found in versions:
        mark = "live" if found.live else "before" if found.previous else ""
        polling = "" if found.polling else "queues off"
        console.result(f"{found.version:<24} {mark:<7} {found.created:<26} {polling:<11} {found.description}".rstrip())
