"""Traces: what happened to a request or event, from Step to Step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from motia_local.server.admin.answers import Answer, Refused, Segment, problems
from motia_local.server.admin.logs import Since
from motia_local.server.admin.served import Served

router = APIRouter(tags=["traces"])

Status = Literal["completed", "failed", "running"]


class Group(BaseModel):
    """Everything with one trace id. name: of the Step that began. traces: how many runs. endTime: null while one runs.
    status: failed when one of them failed."""

    id: str
    name: str
    startTime: int
    endTime: int | None
    status: Status
    traces: int


class Groups(BaseModel):
    """The newest first. cursor: as `cursor`, for earlier ones; null when there are none."""

    groups: list[Group]
    cursor: str | None


class EntryPoint(BaseModel):
    """What ran the Step."""

    type: Literal["api", "event", "cron"]
    stepName: str


class Trace(BaseModel):
    """One run of a Step, each attempt at an event one. events: {type: log | state | emit | stream, timestamp, ...}.
    eventsDropped: how many were not kept. truncated: others were left out for their size."""

    id: str
    name: str
    parentTraceId: str
    status: Status
    startTime: int
    endTime: int | None = None
    error: dict[str, Any] | None = None
    entryPoint: EntryPoint
    events: list[dict[str, Any]]
    eventsDropped: int = 0
    truncated: bool = False


class WholeTrace(BaseModel):
    """A trace id's runs, in the order they began."""

    id: str
    name: str
    startTime: int
    traces: list[Trace]


class Cleared(BaseModel):
    """Done."""

    message: str


@router.get("/traces", response_model=Groups)
async def list_groups(
    server: Served,
    step: Annotated[str | None, Query(description="In which the Step with this name ran")] = None,
    status: Status | None = None,
    since: Since = None,
    cursor: Annotated[str | None, Query(description="Those behind the page with this cursor")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many")] = 100,
) -> Answer:
    """Trace ids with what became of them."""
    groups = await server.engine.records.trace_groups(
        step=step, status=status, since=since, before=_place(cursor), limit=limit
    )
    last = groups[-1] if len(groups) == limit else None
    return Answer({"groups": groups, "cursor": f"{last['startTime']}:{last['id']}" if last else None})


@router.get("/traces/{traceId}", response_model=WholeTrace, responses=problems(404))
async def get_trace(traceId: Segment, server: Served) -> Answer:
    """The runs with one trace id."""
    traces = await server.engine.records.traces(traceId)
    if not traces:
        raise Refused(404, "Trace not found")
    first = traces[0]
    return Answer({"id": traceId, "name": first["name"], "startTime": first["startTime"], "traces": traces})


@router.delete("/traces", status_code=204, response_class=Response)
async def delete_traces(server: Served) -> Response:
    """Forget all traces."""
    await server.engine.records.clear_traces()
    return Response(status_code=204)


@router.post("/trace/clear", response_model=Cleared)
async def clear_traces(server: Served) -> Answer:
    """Forget all traces; the same as `DELETE /__motia/traces`."""
    await server.engine.records.clear_traces()
    return Answer({"message": "Traces cleared"})


def _place(cursor: str | None) -> tuple[int, str] | None:
    if not cursor:
        return None
    time, colon, id = cursor.partition(":")
    if not (colon and time.isascii() and time.isdecimal() and len(time) < 17):
        raise Refused(400, "the cursor is not one of ours")
    return int(time), id
