"""From the project to what is written: `motia.json` of each bundle and the manifest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from motia.project_config import FILE_NAME as CONFIG_FILE
from motia_project.bundling.target import Target
from motia_project.descriptors import describe_bundle, describe_streams, subscribers
from motia_project.manifest import (
    Manifest,
    ManifestBundle,
    ManifestProject,
    ManifestQueue,
    ManifestStep,
    ManifestStream,
)
from motia_project.model import Project, Step

__all__ = [
    "ACCESS",
    "ROUTERS",
    "STREAMS",
    "STREAMS_HANDLER",
    "bundle_path",
    "describe_bundle",
    "describe_project",
    "describe_streams",
    "handler",
    "step_files",
    "step_key",
    "stream_files",
]

ROUTERS = {"python": "router-python.zip", "node": "router-node.zip"}
STREAMS = "streams-python.zip"
STREAMS_HANDLER = "motia_handlers.websocket.handler"
ACCESS = "streams-node.zip"
NODE_HANDLER = "index.handler"
_HANDLERS = {
    "api": "motia_handlers.api.handler",
    "event": "motia_handlers.sqs.handler",
    "cron": "motia_handlers.cron.handler",
}


def step_key(step: Step) -> str:
    """The Step's key in the manifest, `python/steps/x_step.zip` or `node/steps/x.step.zip`."""
    return f"{step.language}/{PurePosixPath(step.file).with_suffix('.zip')}"


def bundle_path(project: Project, step: Step) -> str:
    """The zip below dist/ that runs the Step."""
    is_routed = project.settings.api == "router" and step.type == "api"
    return ROUTERS[step.language] if is_routed else step_key(step)


def handler(steps: Iterable[Step]) -> str:
    """Lambda entry point of a bundle with these Python Steps."""
    return _HANDLERS[next(iter(steps)).type]


def step_files(project: Project, steps: Iterable[Step]) -> list[str]:
    """Files whose code a bundle of Steps runs: the Steps, and motia_config.py for its adapters."""
    return [*(step.file for step in steps), *([CONFIG_FILE] if project.adapters and _has_config(project) else [])]


def stream_files(project: Project) -> list[str]:
    """Files whose code the WebSocket API runs: streams with a canAccess, and motia_config.py for its stream auth."""
    config = [CONFIG_FILE] if _has_config(project) else []
    guards = (stream for stream in project.streams if stream.can_access and stream.language == "python")
    return [*(stream.file for stream in guards), *config]


def _has_config(project: Project) -> bool:
    return (project.root / CONFIG_FILE).is_file()


def describe_project(
    project: Project, target: Target, bundles: dict[str, ManifestBundle], node_runtime: str | None = None
) -> Manifest:
    """The manifest of a built project. node_runtime: that of its Node bundles, when there are some."""
    settings = project.settings
    running = [step for step in project.steps if step.type != "noop"]
    topics = sorted({topic for step in running for topic in step.subscribes})
    return Manifest(
        project=ManifestProject(
            name=settings.name,
            runtime=target.runtime,
            node_runtime=node_runtime or settings.node_runtime,
            architecture=target.architecture,
            api=settings.api,
        ),
        steps={step_key(step): _step(project, step) for step in running},
        streams={
            stream.name: ManifestStream(
                name=stream.name, id=stream.id, filePath=stream.file, canAccess=stream.can_access, bundle=STREAMS
            )
            for stream in project.streams
        },
        routers={language: path for language, path in ROUTERS.items() if path in bundles},
        bundles=bundles,
        topics={topic: [vars(one) for one in subscribers(project, topic)] for topic in topics},
        noops=[step.config for step in project.steps if step.type == "noop"],
        access=ACCESS if ACCESS in bundles else None,
    )


def _step(project: Project, step: Step) -> ManifestStep:
    own_bundle: dict[str, Any] = {}
    if bundle_path(project, step) != step_key(step):
        own_bundle["bundle"] = bundle_path(project, step)
    queue = None
    if step.type == "event":
        queue = ManifestQueue(
            fifo=step.queue.fifo,
            max_retries=step.queue.max_retries,
            visibility_timeout_s=step.visibility_timeout_s,
            delay_s=step.queue.delay_s,
            concurrency=step.queue.concurrency,
        )
    return ManifestStep(
        type=step.language,
        entrypointPath=_entry_point(step),
        config=step.config,
        filePath=step.file,
        id=step.id,
        memory_mb=step.memory_mb,
        timeout_s=step.timeout_s,
        emits=list(step.emits),
        queue=queue,
        **own_bundle,
    )


def _entry_point(step: Step) -> str:
    """As the original's manifest has it: of TypeScript, the JavaScript that it becomes."""
    file = PurePosixPath(step.file)
    return f"/{file.with_suffix('.js') if step.language == 'node' else file}"
