"""Log records."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from motia_local.server.admin.answers import MOST, Answer
from motia_local.server.admin.served import Served

router = APIRouter(tags=["logs"])

MOST_MS = 1 << 53  # what a number in JSON can be trusted with
Level = Literal["debug", "info", "warn", "error"]
Since = Annotated[int | None, Query(ge=0, le=MOST_MS, description="Not before this time, in milliseconds")]


class Record(BaseModel):
    """One record: these fields and those the Step gave."""

    model_config = ConfigDict(extra="allow")

    id: str
    time: float
    level: str = "info"
    msg: str = ""
    step: str | None = None
    traceId: str | None = None
    flows: list[str] = []


class Records(BaseModel):
    """Records, oldest first. cursor: as `after`, for those that come later. before: as `before`, for earlier ones; null
    when there are none."""

    records: list[Record]
    cursor: int
    before: int | None


@router.get("/logs", response_model=Records)
async def list_logs(
    server: Served,
    traceId: Annotated[str | None, Query(description="Of this trace")] = None,
    step: Annotated[str | None, Query(description="Of the Step with this name")] = None,
    level: Annotated[list[Level] | None, Query(description="Of these levels; of all without")] = None,
    since: Since = None,
    after: Annotated[int | None, Query(ge=0, le=MOST_MS, description="A cursor: what came behind it")] = None,
    before: Annotated[int | None, Query(ge=0, le=MOST_MS, description="What came before it")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="The newest so many; behind a cursor the first")] = 200,
) -> Answer:
    """Records that match everything given."""
    page = await server.engine.records.logs(
        trace_id=traceId, step=step, level=level, since=since, after=after, before=before, limit=limit
    )
    return Answer({"records": page.records, "cursor": page.cursor, "before": page.before})


@router.delete("/logs", status_code=204, response_class=Response)
async def clear_logs(server: Served) -> Response:
    """Forget all records."""
    await server.engine.records.clear_logs()
    return Response(status_code=204)
