"""Runs the handler of a built Node bundle as Lambda would, with node and nothing but what is in the zip."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

_DRIVER = """
const [index, ...events] = process.argv.slice(2)
const { handler } = await import(index)
for (const event of events) process.stdout.write('\\n@' + JSON.stringify(await handler(JSON.parse(event))) + '\\n')
process.exit(0)
"""
ENVIRONMENT = {
    "MOTIA_PROJECT": "shop",
    "MOTIA_ENVIRONMENT": "test",
    "MOTIA_VERSION": "v1",
    "MOTIA_PREFIX": "shop-test-v1",
    "MOTIA_QUEUE_BASE": "https://sqs.eu-central-1.amazonaws.com/123456789012/",
    "MOTIA_STATE_TABLE": "state",
    "MOTIA_STREAM_TABLE": "stream",
    "MOTIA_LOCK_TABLE": "lock",
    "MOTIA_BUCKET": "bucket",
    "MOTIA_WEBSOCKET_ENDPOINT": "https://socket.test",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
}


def run(bundle: Path, task: Path, *events: dict[str, Any]) -> list[Any]:
    """What the bundle's handler answers to each event. task: the folder that it is unpacked into."""
    lines = output(bundle, task, *events).splitlines()
    return [json.loads(line[1:]) for line in lines if line.startswith("@")]


def output(bundle: Path, task: Path, *events: dict[str, Any]) -> str:
    """All that the process says, logs and answers."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(task)
    (task.parent / "driver.mjs").write_text(_DRIVER)
    done = subprocess.run(
        ["node", str(task.parent / "driver.mjs"), str(task / "index.mjs"), *(json.dumps(event) for event in events)],
        cwd=task,
        env={"PATH": os.environ["PATH"], **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def request(path: str, body: Any = None, method: str = "GET") -> dict[str, Any]:
    """An event of an HTTP API, payload format 2.0."""
    return {
        "rawPath": path,
        "headers": {"content-type": "application/json"},
        "body": None if body is None else json.dumps(body),
        "requestContext": {"http": {"method": method, "path": path}},
    }
