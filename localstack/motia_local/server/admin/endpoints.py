"""The API Steps, with what they say of requests and responses."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from motia.paths import compile_path
from motia_local.server.admin.answers import Answer
from motia_local.server.admin.served import Project
from motia_project.model import Step

router = APIRouter(tags=["endpoints"])


class QueryParameter(BaseModel):
    """A query parameter that the Step describes."""

    name: str
    description: str | None = None


class Endpoint(BaseModel):
    """One API Step. id: the Step's. path: in the style of Express. responseSchema: by status."""

    id: str
    name: str
    description: str | None
    method: str
    path: str
    pathParams: list[str]
    queryParams: list[QueryParameter]
    bodySchema: Any
    responseSchema: dict[str, Any]
    emits: list[str]
    flows: list[str]
    filePath: str


@router.get("/endpoints", response_model=list[Endpoint])
async def list_endpoints(view: Project) -> Answer:
    """All API Steps, by path and method. `GET /openapi.json` has the same as an OpenAPI document."""
    steps = [step for step in view.steps if step.type == "api"]
    return Answer([_endpoint(step) for step in sorted(steps, key=lambda step: (step.path or "", step.method or ""))])


def _endpoint(step: Step) -> dict[str, Any]:
    pattern = compile_path(step.path or "/")
    names = [name for name in (*pattern.names, pattern.optional, "0" if pattern.wildcard else None) if name]
    return {
        "id": step.id,
        "name": step.name,
        "description": step.config.get("description"),
        "method": step.method,
        "path": step.path,
        "pathParams": names,
        "queryParams": step.config.get("queryParams") or [],
        "bodySchema": step.config.get("bodySchema"),
        "responseSchema": step.config.get("responseSchema") or {},
        "emits": list(step.emits),
        "flows": list(step.flows),
        "filePath": step.file,
    }
