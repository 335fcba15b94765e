"""`motia logs`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import click

from motia_cli.local_server import LocalServer, NoServer
from motia_cli.output import Console

LEVELS = ("debug", "info", "warn", "error")
EVERY_S = 0.3  # between two looks with --follow
_PAGE = 1000


@click.command("logs")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option("--step", help="Of the Step with this name.")
@click.option("--level", type=click.Choice(LEVELS), help="Of this level and above.")
@click.option("--trace", "trace_id", help="Of the request or event with this trace id.")
@click.option("-n", "--lines", default=200, show_default=True, type=click.IntRange(0, 10_000), help="The last so many.")
@click.option("--json", "as_json", is_flag=True, help="Print each record as a line of JSON.")
@click.option(
    "-p", "--port", type=click.IntRange(1, 65_535), default=3000, show_default=True, help="Port of the local server."
)
def command(
    follow: bool, step: str | None, level: str | None, trace_id: str | None, lines: int, as_json: bool, port: int
) -> None:
    """Show the log records that the local server keeps."""
    from motia_local.record_lines import RecordLines

    console = Console()
    shown = RecordLines(colours=console.colours and console.out.isatty())
    levels = LEVELS[LEVELS.index(level) :] if level else ()
    wanted = [("step", step or ""), ("traceId", trace_id or ""), *(("level", name) for name in levels)]
    query = [(key, value) for key, value in wanted if value]
    server = LocalServer(port)
    for record in _follow(server, query, lines, console) if follow else _last(server, query, lines)[0]:
        if as_json:
            console.json(record)
        else:
            console.result(shown.record(record))


def _last(server: LocalServer, query: list[tuple[str, str]], lines: int) -> tuple[list[dict[str, Any]], int]:
    """The newest records, and the cursor behind them."""
    page = server.get("/__motia/logs", [*query, ("limit", str(max(lines, 1)))])
    return page["records"][-lines:] if lines else [], page["cursor"]


def _follow(
    server: LocalServer, query: list[tuple[str, str]], lines: int, console: Console
) -> Iterator[dict[str, Any]]:
    """Records as they come, until interrupted. A server that stops is waited for."""
    records, cursor = _last(server, query, lines)
    yield from records
    waiting = False
    while True:
        try:
            page = server.get("/__motia/logs", [*query, ("after", str(cursor)), ("limit", str(_PAGE))])
        except NoServer:
            if not waiting:
                console.note("The server does not answer; waiting for it.")
            waiting = True
            time.sleep(EVERY_S)
            continue
        waiting = False
        if page["cursor"] < cursor:  # it has other data than before: from its beginning
            cursor = 0
            continue
        yield from page["records"]
        cursor = page["cursor"]
        if len(page["records"]) < _PAGE:
            time.sleep(EVERY_S)
