"""Steps: what they are, and their source."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from motia_local.server.admin.answers import Answer, Refused, Segment, problems
from motia_local.server.admin.served import Project, Served

router = APIRouter(tags=["steps"])

_MOST_SOURCE = 2 << 20  # bytes


class StepSummary(BaseModel):
    """A Step. config: as its file has it, schemas as JSON Schema, functions left out."""

    id: str
    name: str
    type: Literal["api", "event", "cron", "noop"]
    filePath: str
    flows: list[str]
    config: dict[str, Any]


class Source(BaseModel):
    """The text of a Step's file."""

    id: str
    content: str
    features: list[Any]


@router.get("/steps", response_model=list[StepSummary])
async def list_steps(view: Project) -> Answer:
    """All Steps, those that are only drawn too."""
    return Answer(
        [
            {
                "id": step.id,
                "name": step.name,
                "type": step.type,
                "filePath": step.file,
                "flows": list(step.flows),
                "config": step.config,
            }
            for step in view.project.steps
        ]
    )


@router.get("/step/{id}", response_model=Source, responses=problems(404))
async def get_source(id: Segment, server: Served, view: Project) -> Answer:
    """The source of a Step, as it is on disk now."""
    step = next((step for step in view.project.steps if step.id == id), None)
    if step is None:
        raise Refused(404, "Step not found")
    try:
        content = await asyncio.to_thread(_read, server.root / step.file)
    except OSError:
        raise Refused(404, "Failed to read step file") from None
    return Answer({"id": id, "content": content, "features": []})


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST_SOURCE).decode("utf-8", "replace")
