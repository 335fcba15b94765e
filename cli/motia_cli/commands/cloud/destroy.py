"""`motia cloud destroy`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from motia.errors import UsageError
from motia_cli.commands.cloud.options import Options, environment_options, place
from motia_cli.progress import Progress


@click.command("destroy")
@click.option("-v", "--version-name", help="Only this version.")
@click.option("--purge", is_flag=True, help="Delete state, streams and the bucket too; of one version, its events.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@environment_options
def command(options: Options, version_name: str | None, purge: bool, yes: bool) -> None:
    """Delete a version, or the whole environment.

    State, streams and the bucket are kept unless --purge is given, and so is a version whose queues hold events.
    """
    from motia_cdk.deploy import destroy

    console = options.console()
    where = place(options)
    what = f"version {version_name} of" if version_name else "everything of"
    if not yes:
        if options.ci or not sys.stdin.isatty():
            raise UsageError(
                f"This deletes {what} {where.project} in {where.environment}.", remedy="Say --yes to mean it"
            )
        click.confirm(f"Delete {what} {where.project} in {where.environment}?", abort=True, err=True)
    result = destroy(
        where.project,
        where.environment,
        api_key=where.api_key,
        version=version_name,
        purge=purge,
        target=where.target,
        report=Progress(console),
    )
    if options.as_json:
        console.json(asdict(result))
        return
    environment = " and the environment" if result.environment else ""
    console.step(f"Deleted {', '.join(result.versions) or 'no version'}{environment}")
    for name in result.kept:
        console.note(f"  kept: {name}")
