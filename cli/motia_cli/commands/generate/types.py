"""`motia generate types`, which is `motia generate-types`."""

from __future__ import annotations

from pathlib import Path

import click

from motia_cli.output import Console


@click.command("types")
def command() -> None:
    """Write types.d.ts: the names, data and topics of the Steps and streams, for TypeScript to check."""
    from motia_project.checks import require_valid
    from motia_project.declarations import write_types
    from motia_project.discovery import discover
    from motia_project.node.types_package import not_ours, put_types_package
    from motia_project.report import render

    console = Console()
    project = discover(Path.cwd())
    warnings = require_valid(project, place="local")
    written = write_types(project)
    others = put_types_package(project.root)
    if warnings or written.warnings:
        console.note(render((*warnings, *written.warnings)))
    for name in others:
        console.warning(not_ours(name))
    steps = sum(step.type != "noop" for step in project.steps)
    said = f"{steps} Step{'' if steps == 1 else 's'}"
    console.step(f"{written.path.name} {'written' if written.changed else 'is up to date'}", said)
