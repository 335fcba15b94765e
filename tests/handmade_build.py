"""Small builds made by hand: zips with plain handlers and the manifest that describes them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

from motia.names import step_id
from motia_project.manifest import (
    Manifest,
    ManifestBundle,
    ManifestProject,
    ManifestQueue,
    ManifestStep,
)

SAYS = """
import os
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": TEXT + os.environ.get("GREETING", "")}
"""
CONSUMES = """
def handler(event, context):
    if FAIL:
        raise RuntimeError("as asked")
    return {"batchItemFailures": []}
"""


def build(
    dist: Path, *, says: str = "hello", path: str = "/hello", extra_paths: tuple[str, ...] = (), event: bool = True
) -> Manifest:
    """A project with an API Step that answers `says`, and an event Step on the topic `done`."""
    steps: dict[str, ManifestStep] = {}
    bundles: dict[str, ManifestBundle] = {}
    for number, route in enumerate((path, *extra_paths)):
        add(dist, steps, bundles, f"hello-{number}", SAYS.replace("TEXT", repr(says)), _api(route))
    if event:
        queue = ManifestQueue(fifo=False, max_retries=1, visibility_timeout_s=30)
        add(dist, steps, bundles, "done", CONSUMES.replace("FAIL", "False"), _event("done"), queue)
    topics: dict[str, list[dict[str, Any]]] = {"done": [{"name": "done", "id": "done", "fifo": False}]} if event else {}
    return Manifest(
        project=ManifestProject(
            name="shop", runtime="python3.11", node_runtime="nodejs22.x", architecture="x86_64", api="functions"
        ),
        steps=steps,
        bundles=bundles,
        topics=topics,
    )


def add(
    dist: Path,
    steps: dict[str, ManifestStep],
    bundles: dict[str, ManifestBundle],
    name: str,
    code: str,
    config: dict[str, Any],
    queue: ManifestQueue | None = None,
) -> None:
    """One Step whose bundle is one file."""
    key = f"python/steps/{name}_step.zip"
    body = _zip(code)
    (dist / key).parent.mkdir(parents=True, exist_ok=True)
    (dist / key).write_bytes(body)
    bundles[key] = ManifestBundle(
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        unzipped=len(code),
        handler="index.handler",
        runtime="python3.11",
    )
    steps[key] = ManifestStep(
        type="python",
        entrypointPath=f"/steps/{name}_step.py",
        config={"name": name, **config},
        filePath=f"steps/{name}_step.py",
        id=step_id(name),
        memory_mb=128,
        timeout_s=5,
        queue=queue,
    )


def _api(path: str) -> dict[str, Any]:
    return {"type": "api", "path": path, "method": "GET", "emits": []}


def _event(topic: str) -> dict[str, Any]:
    return {"type": "event", "subscribes": [topic], "emits": []}


def _zip(code: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py", (1980, 1, 1, 0, 0, 0)), code)
    return body.getvalue()
