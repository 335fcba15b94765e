"""Flows: the Steps that share a flow's name, and which topic leads from one to the other. Drawn by the Workbench."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from motia_project.model import Project, Step

_LANGUAGES = {".py": "python", ".ts": "typescript", ".js": "javascript"}
_DRAWINGS = (".tsx", ".jsx")  # a component of the user's own for a Step's node, beside its file


def make_flows(project: Project) -> list[dict[str, Any]]:
    """All flows of a project: {id, name, steps, edges}, in order of their names.

    steps: {id, name, description?, type, subscribes?, emits, virtualEmits?, virtualSubscribes?, action?, webhookUrl?,
    bodySchema?, language, nodeComponentPath?, filePath, cronExpression?}. edges: {id, source, target, data: {variant:
    event | virtual, topic, label?, labelVariant: default | conditional}}.
    """
    names = sorted({flow for step in project.steps for flow in step.flows})
    return [make_flow(project, name) for name in names]


def make_flow(project: Project, name: str) -> dict[str, Any]:
    """One flow; without Steps when no Step is in it."""
    steps = [step for step in project.steps if name in step.flows]
    return {
        "id": name,
        "name": name,
        "steps": [_step(project.root, step) for step in steps],
        "edges": list(_edges(steps)),
    }


def _step(root: Path, step: Step) -> dict[str, Any]:
    config = step.config
    found: dict[str, Any] = {
        "id": step.id,
        "name": step.name,
        "description": config.get("description"),
        "type": step.type,
        "subscribes": list(step.subscribes) or None,
        "emits": config.get("emits") or [],
        "virtualEmits": config.get("virtualEmits"),
        "virtualSubscribes": config.get("virtualSubscribes"),
        "bodySchema": config.get("bodySchema"),
        "language": _LANGUAGES.get(PurePosixPath(step.file).suffix, step.language),
        "nodeComponentPath": _drawing(root, step.file),
        "filePath": step.file,
        "cronExpression": step.cron,
    }
    if step.type == "api":
        found |= {"action": "webhook", "webhookUrl": f"{step.method} {step.path}"}
    return {key: value for key, value in found.items() if value is not None}


def _drawing(root: Path, file: str) -> str | None:
    candidates = (PurePosixPath(file).with_suffix(suffix) for suffix in _DRAWINGS)
    return next((str(path) for path in candidates if (root / path).is_file()), None)


def _edges(steps: list[Step]) -> Iterator[dict[str, Any]]:
    listeners: dict[str, dict[int, str]] = {}  # topic -> position of the Step that listens -> variant
    for position, step in enumerate(steps):
        drawn = dict.fromkeys(step.config.get("virtualSubscribes") or (), "virtual")
        for topic, variant in {**drawn, **dict.fromkeys(step.subscribes, "event")}.items():
            listeners.setdefault(topic, {})[position] = variant
    taken: set[str] = set()
    for source in steps:
        found = [
            (position, emit, "event" if sent == heard == "event" else "virtual")
            for emit, sent in _emits(source)
            for position, heard in listeners.get(emit["topic"], {}).items()
        ]
        for position, emit, variant in sorted(found, key=lambda edge: edge[0]):
            target = steps[position]
            id = f"{source.id}-{target.id}"
            if id in taken:  # one more topic between the same two
                id = _free(f"{id}-{emit['topic']}", taken.__contains__)
            taken.add(id)
            data = {"variant": variant, "topic": emit["topic"]}
            if emit.get("label"):
                data["label"] = emit["label"]
            data["labelVariant"] = "conditional" if emit.get("conditional") else "default"
            yield {"id": id, "source": source.id, "target": target.id, "data": data}


def _emits(step: Step) -> list[tuple[dict[str, Any], str]]:
    """Each topic of a Step once, as {topic, label?, conditional?}: really sent, else only drawn."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for key, variant in (("emits", "event"), ("virtualEmits", "virtual")):
        for emit in step.config.get(key) or []:
            full = {"topic": emit} if isinstance(emit, str) else emit
            found.setdefault(full["topic"], (full, variant))
    return list(found.values())


def _free(wanted: str, taken: Callable[[str], bool]) -> str:
    number = 1
    while taken(wanted if number == 1 else f"{wanted}-{number}"):
        number += 1
    return wanted if number == 1 else f"{wanted}-{number}"
