"""Projects as discovery would give them, for tests of what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from motia.names import step_id
from motia_project.model import Language, Project, Queue, Step, Stream, StreamAuth
from motia_project.settings import Settings


def obj(**properties: Any) -> dict[str, Any]:
    """The schema of an object; properties that end in `_` are optional."""
    return {
        "type": "object",
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
        "required": [name for name in properties if not name.endswith("_")],
    }


def api(name: str, *emits: str, language: Language = "node", **config: Any) -> Step:
    return _step("api", name, emits, language, config, method="GET", path="/")


def cron(name: str, *emits: str, language: Language = "node", **config: Any) -> Step:
    return _step("cron", name, emits, language, config)


def event(
    name: str, subscribes: str, *emits: str, fifo: bool = False, language: Language = "node", **config: Any
) -> Step:
    return _step("event", name, emits, language, config, subscribes=tuple(subscribes.split()), queue=Queue(fifo=fifo))


def noop(name: str) -> Step:
    return _step("noop", name, (), "node", {})


def stream(name: str, schema: dict[str, Any] | None = None) -> Stream:
    return Stream(name, step_id(name), "node", f"steps/{name}.stream.ts", schema)


def project(*parts: Step | Stream, auth: dict[str, Any] | None = None, root: Path = Path("/shop")) -> Project:
    steps = tuple(part for part in parts if isinstance(part, Step))
    streams = tuple(part for part in parts if isinstance(part, Stream))
    return Project(root, Settings(), steps, streams, stream_auth=StreamAuth("node", auth) if auth else None)


def _step(
    kind: Any, name: str, emits: tuple[str, ...], language: Language, config: dict[str, Any], **rest: Any
) -> Step:
    ending = ".step.ts" if language == "node" else "_step.py"
    file = f"steps/{step_id(name)}{ending}"
    return Step(name, step_id(name), kind, language, file, {"name": name, **config}, emits=emits, **rest)
