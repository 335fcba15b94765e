"""Manifests for tests, written by hand: what a build of such Steps would say."""

from __future__ import annotations

import hashlib
from typing import Any

from motia.names import step_id
from motia_cdk.environment_ref import EnvironmentRef
from motia_project.manifest import (
    Manifest,
    ManifestBundle,
    ManifestProject,
    ManifestQueue,
    ManifestStep,
    ManifestStream,
)

STREAMS = "streams-python.zip"
ACCESS = "streams-node.zip"
ENVIRONMENT = EnvironmentRef(
    project="shop",
    environment="dev",
    state_table="shop-state",
    stream_table="shop-streams",
    lock_table="shop-locks",
    connection_table="shop-connections",
    deployment_table="shop-deployments",
    bucket="shop-bucket",
    api_id="a1b2c3",
    api_url="https://a1b2c3.execute-api.eu-central-1.amazonaws.com",
    websocket_api_id="w1s2",
    websocket_endpoint="https://w1s2.execute-api.eu-central-1.amazonaws.com/live",
    websocket_url="wss://w1s2.execute-api.eu-central-1.amazonaws.com/live",
)


def api(name: str, method: str, path: str, emits: tuple[str, ...] = (), **changes: Any) -> ManifestStep:
    return _step({"type": "api", "name": name, "method": method, "path": path}, emits, **changes)


def event(
    name: str,
    subscribes: tuple[str, ...],
    emits: tuple[str, ...] = (),
    queue: dict[str, Any] | None = None,
    **changes: Any,
) -> ManifestStep:
    settings = {"fifo": False, "max_retries": 3, "visibility_timeout_s": 0, **(queue or {})}
    config = {"type": "event", "name": name, "subscribes": list(subscribes)}
    return _step(config, emits, queue=ManifestQueue(**settings), **changes)


def cron(name: str, expression: str, emits: tuple[str, ...] = (), timezone: str | None = None) -> ManifestStep:
    zone = {"timezone": timezone} if timezone else {}
    return _step({"type": "cron", "name": name, "cron": expression, **zone}, emits)


def node(step: ManifestStep) -> ManifestStep:
    """The same Step in TypeScript."""
    file = f"steps/{step.id}.step.ts"
    changes = {"type": "node", "filePath": file, "entrypointPath": f"/{file.removesuffix('ts')}js"}
    return step.model_copy(update=changes)


def manifest(
    *steps: ManifestStep, streams: tuple[str, ...] = (), router: bool = False, access: bool = False
) -> Manifest:
    """A project with these Steps, each with a bundle of its own; with `router` the API Steps of a language share one.

    access: rules for streams are TypeScript.
    """
    by_key = {}
    for step in steps:
        bundle = f"router-{step.type}.zip" if router and step.kind == "api" else None
        path = step.filePath.rpartition(".")[0]
        by_key[f"{step.type}/{path}.zip"] = step.model_copy(update={"bundle": bundle})
    topics: dict[str, list[dict[str, Any]]] = {}
    for step in steps:
        for topic in step.config.get("subscribes", []):
            fifo = bool(step.queue and step.queue.fifo)
            topics.setdefault(topic, []).append({"name": step.name, "id": step.id, "fifo": fifo})
    bundles = {step.bundle or key: _bundle(step.bundle or key, step.kind) for key, step in by_key.items()}
    if streams:
        bundles[STREAMS] = _bundle(STREAMS, "websocket")
    if access:
        bundles[ACCESS] = _bundle(ACCESS, "access")
    return Manifest(
        project=ManifestProject(
            name="shop", runtime="python3.13", node_runtime="nodejs22.x", architecture="arm64", api="functions"
        ),
        steps=by_key,
        streams={
            name: ManifestStream(
                name=name, id=step_id(name), filePath=f"steps/{step_id(name)}_stream.py", bundle=STREAMS
            )
            for name in streams
        },
        routers={step.type: step.bundle for step in by_key.values() if step.bundle},
        bundles=bundles,
        topics=topics,
        access=ACCESS if access else None,
    )


def orders(*, access: bool = False) -> Manifest:
    """A shop: every kind of Step and queue. access: a rule for its stream is TypeScript."""
    return manifest(
        api("Create order", "POST", "/orders", ("order.created",)),
        api("GetOrder", "GET", "/orders/:id"),
        api("ListOrders", "GET", "/orders"),
        event("ProcessOrder", ("order.created",), ("order.processed",), {"max_retries": 1, "delay_s": 2}),
        event("Bill", ("order.processed",), (), {"fifo": True, "visibility_timeout_s": 90, "concurrency": 5}),
        event("Audit", ("order.created", "order.processed")),
        cron("Nightly", "0 3 * * *", ("order.created",)),
        cron("Payday", "0 9 1 * MON"),
        cron("Closing", "30 17 * * 1-5", timezone="Europe/Berlin"),
        streams=("orderStatus",),
        access=access,
    )


def _step(config: dict[str, Any], emits: tuple[str, ...], **changes: Any) -> ManifestStep:
    id = step_id(config["name"])
    return ManifestStep(
        **{
            "type": "python",
            "entrypointPath": f"/steps/{id}_step.py",
            "config": {**config, "emits": list(emits)},
            "filePath": f"steps/{id}_step.py",
            "id": id,
            "memory_mb": 512,
            "timeout_s": 30,
            "emits": list(emits),
            **changes,
        }
    )


def _bundle(key: str, kind: str) -> ManifestBundle:
    trigger = "sqs" if kind == "event" else kind
    is_node = key.startswith("node/") or key.endswith("-node.zip")
    return ManifestBundle(
        sha256=hashlib.sha256(key.encode()).hexdigest(),
        size=1000,
        unzipped=3000,
        handler="index.handler" if is_node else f"motia_handlers.{trigger}.handler",
        runtime="nodejs22.x" if is_node else "python3.13",
    )
