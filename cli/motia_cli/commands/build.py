"""`motia build`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from motia_cli.output import Console


@click.command("build")
@click.option("--dist", type=click.Path(path_type=Path), help="Where the bundles go. Default: dist")
@click.option("--local", is_flag=True, help="Build for the embedded emulator on this machine instead of AWS.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a report.")
def command(dist: Path | None, local: bool, as_json: bool) -> None:
    """Bundle every Step for Lambda.

    Writes one zip a Step and motia.steps.json. What did not change is not built again.
    """
    from motia_project.bundling import Target, build, render_sizes
    from motia_project.checks import require_valid
    from motia_project.discovery import discover
    from motia_project.report import render

    console = Console(quiet=as_json)
    started = time.monotonic()
    project = discover(Path.cwd())
    warnings = require_valid(project)
    target = Target.local() if local else Target.lambda_(project.settings)
    result = build(project, target, dist=dist, report=console.note)
    warnings = tuple(dict.fromkeys((*warnings, *result.warnings)))
    took = time.monotonic() - started
    if as_json:
        console.json(
            {
                "dist": str(result.dist),
                "built": list(result.built),
                "reused": list(result.reused),
                "warnings": [warning.what for warning in warnings],
                "duration_s": round(took, 3),
            }
        )
        return
    if warnings:
        console.note(render(warnings))
    console.result(render_sizes(result))
    console.step(f"{len(result.built)} built, {len(result.reused)} unchanged", f"{took:.2f} s")
