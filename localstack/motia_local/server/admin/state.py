"""State: groups, keys and values, read and changed."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from motia.errors import StateError
from motia.jsonable import jsonable
from motia.limits import GROUP_BYTES, KEY_BYTES, check_name
from motia_local.engine import StateFilter
from motia_local.engine.state import json_type
from motia_local.server.admin.answers import MOST, Answer, Refused, problems
from motia_local.server.admin.served import Served
from motia_local.server.local import LocalServer

router = APIRouter(tags=["state"])

_MOST_FILTERS = 20
Group = Annotated[str, Query(alias="groupId", description="A group of state")]
Key = Annotated[str, Query(description="A key in the group")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many")]


class Item(BaseModel):
    """A value and its place."""

    groupId: str
    key: str
    type: Literal["string", "number", "boolean", "object", "array", "null"]
    value: Any


class Groups(BaseModel):
    """Groups that have values."""

    groups: list[str]


class Keys(BaseModel):
    """The keys of a group."""

    groupId: str
    keys: list[str]


class NewItem(BaseModel):
    """A value to store."""

    groupId: str
    key: str
    value: Any = None


class Wanted(BaseModel):
    """Values to remove. ids: `group:key`, split at the first colon. items: for groups with a colon in their name."""

    ids: list[str] = []
    items: list[Place] = []


class Place(BaseModel):
    """Where a value is."""

    groupId: str
    key: str


@router.get("/state", response_model=list[Item])
async def list_items(
    server: Served,
    group: Annotated[str | None, Query(alias="groupId", description="Of this group; of all without it")] = None,
    filter: Annotated[
        str | None,
        Query(description="JSON: a list of {valueKey, operation, value}, all of which the value must pass"),
    ] = None,
    limit: Limit = 1000,
) -> Answer:
    """Values with their places, by group and key."""
    found = await server.engine.state.items(group or None, _filters(filter), limit=limit)
    return Answer([_item(item.group, item.key, item.value) for item in found])


@router.post("/state", response_model=Item)
async def set_item(body: NewItem, server: Served) -> Answer:
    """Store a value."""
    _check(body.groupId, body.key)
    stored = await server.engine.state.set(body.groupId, body.key, jsonable(body.value, "value", StateError))
    return Answer(_item(body.groupId, body.key, stored))


@router.post("/state/delete", status_code=204, response_class=Response)
async def delete_items(body: Wanted, server: Served) -> Response:
    """Remove values; those that are not there are no error."""
    places = [tuple(id.split(":", 1)) for id in body.ids] + [(place.groupId, place.key) for place in body.items]
    for place in places:
        if len(place) != 2:
            raise Refused(400, f"{place[0]!r} is not `group:key`")
    for group, key in places:
        _check(group, key)
    for group, key in places:
        await server.engine.state.delete(group, key)
    return Response(status_code=204)


@router.get("/state/groups", response_model=Groups)
async def list_groups(server: Served) -> Answer:
    """The groups that have values."""
    return Answer({"groups": await server.engine.state.groups()})


@router.get("/state/keys", response_model=Keys)
async def list_keys(group: Group, server: Served) -> Answer:
    """The keys of a group."""
    return Answer({"groupId": group, "keys": await server.engine.state.keys(group)})


@router.get("/state/item", response_model=Item, responses=problems(404))
async def get_item(group: Group, key: Key, server: Served) -> Answer:
    """One value."""
    await _require(server, group, key)
    return Answer(_item(group, key, await server.engine.state.get(group, key)))


@router.delete("/state/item", response_model=Item, responses=problems(404))
async def delete_item(group: Group, key: Key, server: Served) -> Answer:
    """Remove one value, and answer what it was."""
    await _require(server, group, key)
    return Answer(_item(group, key, await server.engine.state.delete(group, key)))


@router.delete("/state", status_code=204, response_class=Response)
async def clear_group(group: Group, server: Served) -> Response:
    """Remove a group."""
    await server.engine.state.clear(group)
    return Response(status_code=204)


async def _require(server: LocalServer, group: str, key: str) -> None:
    if await server.engine.state.get(group, key) is not None:
        return
    if key not in await server.engine.state.keys(group):  # a stored null is not a missing value
        raise Refused(404, f"there is no {key!r} in the group {group!r}")


def _item(group: str, key: str, value: Any) -> dict[str, Any]:
    return {"groupId": group, "key": key, "type": json_type(value), "value": value}


def _check(group: str, key: str) -> None:
    check_name(group, "group", "the request", StateError, GROUP_BYTES)
    check_name(key, "key", "the request", StateError, KEY_BYTES)


def _filters(text: str | None) -> list[StateFilter]:
    if not text:
        return []
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Refused(400, f"the filter is not JSON: {wrong}") from None
    conditions = given if isinstance(given, list) else [given]
    if len(conditions) > _MOST_FILTERS:
        raise Refused(400, f"there are {len(conditions)} filters, at most {_MOST_FILTERS} are allowed")
    filters = []
    for condition in conditions:
        fields = condition if isinstance(condition, dict) else {}
        key, operation = fields.get("valueKey"), fields.get("operation")
        if not isinstance(key, str) or not isinstance(operation, str):
            raise Refused(400, "a filter is {valueKey, operation, value}")
        filters.append(StateFilter(key, operation, fields.get("value")))
    return filters
