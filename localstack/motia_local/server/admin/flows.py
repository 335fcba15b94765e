"""Flows, and where the Workbench has put their nodes (`motia-workbench.json`)."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, FiniteFloat

from motia_local.server.admin.answers import Answer, Refused, Segment, problems
from motia_local.server.admin.served import Project, Served
from motia_project.flows import make_flow, make_flows

router = APIRouter(tags=["flows"])

FILE = "motia-workbench.json"
_writing = threading.Lock()


class FlowStep(BaseModel):
    """A node. emits, virtualEmits: topics, or {topic, label?, conditional?}. filePath: from the project's root."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    description: str | None = None
    type: Literal["api", "event", "cron", "noop"]
    subscribes: list[str] | None = None
    emits: list[str | dict[str, Any]]
    virtualEmits: list[str | dict[str, Any]] | None = None
    virtualSubscribes: list[str] | None = None
    action: Literal["webhook"] | None = None
    webhookUrl: str | None = None
    bodySchema: Any = None
    language: Literal["python", "typescript", "javascript"]
    nodeComponentPath: str | None = None
    filePath: str
    cronExpression: str | None = None


class EdgeData(BaseModel):
    """event: sent when the Steps run; virtual: only drawn."""

    variant: Literal["event", "virtual"]
    topic: str
    label: str | None = None
    labelVariant: Literal["default", "conditional"]


class Edge(BaseModel):
    """A topic that leads from one Step to another; source, target: ids of Steps."""

    id: str
    source: str
    target: str
    data: EdgeData


class Flow(BaseModel):
    """The Steps of one flow and what leads from one to the other."""

    id: str
    name: str
    steps: list[FlowStep]
    edges: list[Edge]


class Position(BaseModel):
    """Where a node stands; whatever else the Workbench keeps of it."""

    model_config = ConfigDict(extra="allow")

    x: FiniteFloat
    y: FiniteFloat


class FlowConfig(BaseModel):
    """Positions of a flow's nodes by the files of their Steps."""

    id: str | None = None
    config: dict[str, Position]


class Saved(BaseModel):
    """Done."""

    message: str


@router.get("/flows", response_model=list[Flow], response_model_exclude_none=True)
async def list_flows(view: Project) -> Answer:
    """All flows, in order of their names."""
    return Answer(make_flows(view.project))


@router.get("/flows/{id}", response_model=Flow, responses=problems(404))
async def get_flow(id: Segment, view: Project) -> Answer:
    """One flow."""
    flow = make_flow(view.project, id)
    if not flow["steps"]:
        raise Refused(404, "Flow not found")
    return Answer(flow)


@router.get("/flows/{id}/config", response_model=FlowConfig, responses=problems(404, 409))
async def get_config(id: Segment, server: Served) -> Answer:
    """The positions that were saved; none when there are none yet."""
    entries = await asyncio.to_thread(_read, server.root / FILE)
    saved = next((entry for entry in entries if entry.get("id") == id), {})
    return Answer({"id": id, "config": saved.get("config", {})})


@router.post("/flows/{id}/config", response_model=Saved, responses=problems(404, 409))
async def save_config(id: Segment, body: FlowConfig, server: Served, view: Project) -> Answer:
    """Save the positions of a flow's nodes in `motia-workbench.json`, in place of those it has there."""
    if body.id not in (None, id):
        raise Refused(400, "the id in the body is not that in the path")
    if not make_flow(view.project, id)["steps"]:
        raise Refused(404, "Flow not found")
    config = body.model_dump(mode="python")["config"]
    await asyncio.to_thread(_save, server.root / FILE, id, config)
    return Answer({"message": "Flow config saved successfully"})


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as wrong:
        raise Refused(409, f"{FILE} cannot be read: {wrong}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Refused(409, f"{FILE} is not a list of objects")
    return entries


def _save(path: Path, id: str, config: dict[str, Any]) -> None:
    """Replace the file as a whole, so that nobody ever reads half of it."""
    entry = {"id": id, "config": config}
    with _writing:
        entries = _read(path)
        if any(known.get("id") == id for known in entries):
            entries = [entry if known.get("id") == id else known for known in entries]
        else:
            entries.append(entry)
        try:
            text = json.dumps(entries, indent=2, allow_nan=False) + "\n"
        except ValueError:
            raise Refused(400, "NaN and infinity are not JSON") from None
        try:
            _replace(path, text)
        except OSError as wrong:
            raise Refused(409, f"{FILE} cannot be written: {wrong.strerror}") from None


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{FILE}.", delete=False) as file:
        new = Path(file.name)
        try:
            file.write(text)
            file.flush()
            new.chmod(mode)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
