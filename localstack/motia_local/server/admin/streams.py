"""Streams: which there are, and what is in them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from motia_local.server.admin.answers import MOST, Answer, Refused, Segment, problems
from motia_local.server.admin.served import Project, Served
from motia_local.server.reading import View
from motia_project.model import Stream

router = APIRouter(tags=["streams"])


class StreamSummary(BaseModel):
    """A stream. canAccess: the project has code that says who may listen."""

    id: str
    name: str
    hidden: bool
    filePath: str
    canAccess: bool


class StreamDetails(StreamSummary):
    """A stream with the JSON Schema of its items."""

    item_schema: dict[str, Any] | None = Field(alias="schema")


class Streams(BaseModel):
    """The streams of the project."""

    streams: list[StreamSummary]


class StreamGroups(BaseModel):
    """Groups that have items."""

    streamName: str
    groups: list[str]


class StreamItems(BaseModel):
    """The items of a group, oldest first. count: of all of them, those left out too."""

    streamName: str
    groupId: str
    items: list[dict[str, Any]]
    count: int


class StreamItem(BaseModel):
    """One item."""

    streamName: str
    groupId: str
    itemId: str
    data: dict[str, Any]


@router.get("/streams", response_model=Streams)
async def list_streams(view: Project) -> Answer:
    """The streams of the project."""
    return Answer({"streams": [_summary(stream) for stream in view.project.streams]})


@router.get("/streams/all", response_model=Streams)
async def list_all_streams(view: Project) -> Answer:
    """The streams of the project and hidden ones, of which this server has none."""
    return await list_streams(view)


@router.get("/streams/details/{name}", response_model=StreamDetails, responses=problems(404))
async def get_stream(name: Segment, view: Project) -> Answer:
    """One stream, with the schema of its items."""
    stream = _find(view, name)
    return Answer({**_summary(stream), "schema": stream.schema})


@router.get("/streams/groups/{name}", response_model=StreamGroups, responses=problems(404))
async def list_groups(name: Segment, server: Served, view: Project) -> Answer:
    """The groups of a stream that have items."""
    _find(view, name)
    return Answer({"streamName": name, "groups": await server.engine.streams.groups(name)})


@router.get("/streams/group/{name}/{groupId}", response_model=StreamItems, responses=problems(404))
async def get_group(
    name: Segment,
    groupId: Segment,
    server: Served,
    view: Project,
    limit: Annotated[int, Query(ge=1, le=MOST, description="At most so many, the newest")] = 1000,
) -> Answer:
    """The items of a group."""
    _find(view, name)
    items = await server.engine.streams.get_group(name, groupId)
    return Answer({"streamName": name, "groupId": groupId, "items": items[-limit:], "count": len(items)})


@router.get("/streams/item/{name}/{groupId}/{itemId}", response_model=StreamItem, responses=problems(404))
async def get_item(name: Segment, groupId: Segment, itemId: Segment, server: Served, view: Project) -> Answer:
    """One item."""
    _find(view, name)
    item = await server.engine.streams.get(name, groupId, itemId)
    if item is None:
        raise Refused(404, f"there is no item {itemId!r} in the group {groupId!r} of the stream {name!r}")
    return Answer({"streamName": name, "groupId": groupId, "itemId": itemId, "data": item})


def _find(view: View, name: str) -> Stream:
    stream = next((stream for stream in view.project.streams if stream.name == name), None)
    if stream is None:
        raise Refused(404, f"Stream '{name}' not found")
    return stream


def _summary(stream: Stream) -> dict[str, Any]:
    return {
        "id": stream.id,
        "name": stream.name,
        "hidden": False,
        "filePath": stream.file,
        "canAccess": stream.can_access,
    }
