"""`motia build`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from motia_cli.output import Console

if TYPE_CHECKING:
    from motia_project.last_build import LastBuild, Outcome


@click.command("build")
@click.option("--dist", type=click.Path(path_type=Path), help="Where the bundles go. Default: dist")
@click.option("--local", is_flag=True, help="Build for the embedded emulator on this machine instead of AWS.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a report.")
def command(dist: Path | None, local: bool, as_json: bool) -> None:
    """Bundle every Step for Lambda.

    Writes one zip a Step and motia.steps.json. What did not change is not built again.
    """
    from motia_project.last_build import LastBuild

    console = Console(quiet=as_json)
    started = time.monotonic()
    last = LastBuild(Path.cwd(), Path(os.path.abspath(dist or "dist")), "local" if local else "aws")  # noqa: PTH100
    known = last.unchanged()
    outcome, built = (known, ()) if known else _build(dist, local, last, console)
    took = time.monotonic() - started
    reused = [name for name in outcome.steps if name not in built]
    if as_json:
        console.json(
            {
                "dist": outcome.dist,
                "built": list(built),
                "reused": reused,
                "warnings": list(outcome.warnings),
                "duration_s": round(took, 3),
            }
        )
        return
    if outcome.report:
        console.note(outcome.report)
    console.result(outcome.sizes)
    console.step(f"{len(built)} built, {len(reused)} unchanged", f"{took:.2f} s")


def _build(dist: Path | None, local: bool, last: LastBuild, console: Console) -> tuple[Outcome, tuple[str, ...]]:
    """Build, and what came of it: to tell, and the names of the Steps that were built."""
    from motia_project.ahead import import_ahead
    from motia_project.discovery import discover
    from motia_project.last_build import Outcome

    import_ahead("motia_project.bundling")
    project = discover(Path.cwd())

    from motia_project.bundling import Target, build, render_sizes
    from motia_project.checks import require_valid
    from motia_project.report import render

    warnings = require_valid(project)
    target = Target.local() if local else Target.lambda_(project.settings)
    result = build(project, target, dist=dist, report=console.note)
    warnings = tuple(dict.fromkeys((*warnings, *result.warnings)))
    outcome = Outcome(
        dist=str(result.dist),
        steps=tuple(name for size in result.sizes for name in size.steps),
        warnings=tuple(warning.what for warning in warnings),
        sizes=render_sizes(result),
        report=render(warnings),
    )
    patterns = [pattern for step in project.steps for pattern in step.include_files]
    last.keep(outcome, (*result.inputs, *map(Path, project.outside)), patterns)
    return outcome, result.built
