"""`motia emit`."""

from __future__ import annotations

import json
from typing import Any

import click

from motia.errors import ProjectError, UsageError
from motia_cli.local_server import LocalServer
from motia_cli.output import Console


@click.command("emit")
@click.option("--topic", required=True, help="Topic of the event.")
@click.option("--message", required=True, help="Data of the event, as JSON.")
@click.option("--group", "group_id", help="messageGroupId, for topics with a FIFO subscriber.")
@click.option(
    "-p", "--port", type=click.IntRange(1, 65_535), default=3000, show_default=True, help="Port of the local server."
)
def command(topic: str, message: str, group_id: str | None, port: int) -> None:
    """Send an event to the local server."""
    try:
        data = json.loads(message, parse_constant=_refuse)
    except (ValueError, RecursionError) as wrong:
        raise UsageError(
            f"--message is not JSON: {wrong}",
            allowed="a JSON value such as '{\"id\": 1}'",
            remedy="Quote it for the shell",
        ) from None
    payload: dict[str, Any] = {"topic": topic, "data": data}
    if group_id is not None:
        payload["messageGroupId"] = group_id
    if not topic:
        raise UsageError("--topic is empty", allowed="a name")
    try:
        answer = LocalServer(port).post("/emit", payload)
    except ProjectError as refused:
        if group_id is None and "and the event no messageGroupId" in refused.what:
            raise UsageError("The topic has a FIFO subscriber", remedy="Name the message group with --group") from None
        raise
    Console().result(f"Event emitted successfully: {json.dumps(answer, ensure_ascii=False)}")


def _refuse(word: str) -> None:
    raise ValueError(f"it has no {word}")
