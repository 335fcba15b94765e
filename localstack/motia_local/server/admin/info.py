"""What runs, and what is wrong with the project."""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from motia_local.server.admin.answers import Answer
from motia_local.server.admin.served import Project, Served

router = APIRouter(tags=["info"])


class Info(BaseModel):
    """The server. project: its name. root: its folder."""

    version: str
    isDev: bool
    isTutorialDisabled: bool
    workbenchBase: str
    project: str
    root: str


class ProjectProblem(BaseModel):
    """One thing wrong with the project; `stale` when the file's last good version is served."""

    severity: Literal["error", "warning"]
    what: str
    file: str | None
    key: str | None
    value: str | None
    allowed: str | None
    remedy: str | None
    traceback: str
    stale: bool


@router.get("", response_model=Info)
@router.get("/", include_in_schema=False)
async def get_info(server: Served, view: Project) -> Answer:
    """The server and the project it serves."""
    return Answer(
        {
            "version": version("motia-aws"),
            "isDev": server.options.dev,
            "isTutorialDisabled": True,
            "workbenchBase": "",
            "project": view.project.settings.name,
            "root": str(server.root),
        }
    )


@router.get("/problems", response_model=list[ProjectProblem])
async def get_problems(view: Project) -> Answer:
    """What is wrong with the project, as the console has said it."""
    return Answer([{**vars(problem), "stale": problem.file in view.stale} for problem in view.problems])
