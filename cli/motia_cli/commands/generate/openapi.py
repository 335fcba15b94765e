"""`motia generate openapi`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from motia.errors import ProjectError
from motia_cli.output import Console


@click.command("openapi")
@click.option("-t", "--title", help="Title of the API. Default: the name in package.json, else of the project.")
@click.option("-v", "--version", "api_version", default="1.0.0", show_default=True, help="Version of the API.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="openapi.json",
    show_default=True,
    help="File to write; - for standard output.",
)
def command(title: str | None, api_version: str, output: Path) -> None:
    """Describe the API Steps as an OpenAPI 3.1 document."""
    from motia_project.checks import require_valid
    from motia_project.discovery import discover
    from motia_project.openapi import left_out, make_openapi
    from motia_project.report import render

    console = Console()
    project = discover(Path.cwd())
    warnings = (*require_valid(project, place="local"), *left_out(project))
    if warnings:
        console.note(render(warnings))
    document = make_openapi(project, title=title, version=api_version)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if str(output) == "-":
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as wrong:
        raise ProjectError(f"the document cannot be written: {wrong.strerror}", where=str(output)) from None
    operations = sum(len(item) for item in document["paths"].values())
    console.step(f"{operations} operation{'' if operations == 1 else 's'} in {output}")
