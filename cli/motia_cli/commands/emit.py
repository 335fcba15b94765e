"""`motia emit`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import click

from motia.errors import ProjectError, UsageError
from motia_cli.output import Console


@click.command("emit")
@click.option("--topic", required=True, help="Topic of the event.")
@click.option("--message", required=True, help="Data of the event, as JSON.")
@click.option("--group", "group_id", help="messageGroupId, for topics with a FIFO subscriber.")
@click.option("-p", "--port", default=3000, show_default=True, help="Port of the local server.")
def command(topic: str, message: str, group_id: str | None, port: int) -> None:
    """Send an event to the local server."""
    try:
        data = json.loads(message)
    except ValueError as wrong:
        raise UsageError(
            f"--message is not JSON: {wrong}",
            allowed="a JSON value such as '{\"id\": 1}'",
            remedy="Quote it for the shell",
        ) from None
    payload: dict[str, Any] = {"topic": topic, "data": data}
    if group_id is not None:
        payload["messageGroupId"] = group_id
    address = f"http://127.0.0.1:{port}/emit"
    request = urllib.request.Request(
        address, data=json.dumps(payload).encode(), headers={"content-type": "application/json"}, method="POST"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            Console().result(f"Event emitted successfully: {answer.read().decode()}")
    except urllib.error.HTTPError as refused:
        raise ProjectError(f"The server refused the event: {refused.read().decode(errors='replace')}") from None
    except OSError as failed:
        raise ProjectError(
            f"No server answers at {address}: {getattr(failed, 'reason', failed)}",
            remedy="Start it with 'motia dev', or name its port with --port",
        ) from None
