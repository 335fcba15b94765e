"""Streams, seen through `/__motia/streams`."""

from __future__ import annotations

import pytest

from localstack.admin.conftest import Admin
from localstack.server.conftest import Site


@pytest.fixture(autouse=True)
def items(shop: Site) -> None:
    streams = shop.live.engine.streams
    for group, id in (("a/b", "1"), ("a/b", "2 ü"), ("c", "1")):
        shop.live.run(streams.set("feed", group, id, {"n": id}))


def test_streams_are_those_of_the_project(admin: Admin) -> None:
    feed = {"id": "feed", "name": "feed", "hidden": False, "filePath": "steps/feed_stream.py", "canAccess": False}
    assert admin.get("/streams") == admin.get("/streams/all") == {"streams": [feed]}
    assert admin.get("/streams/details/feed") == {**feed, "schema": {"type": "object"}}


def test_groups_and_items_are_found(admin: Admin) -> None:
    assert admin.get("/streams/groups/feed") == {"streamName": "feed", "groups": ["a/b", "c"]}
    group = admin.get("/streams/group/feed/a%2Fb")
    assert (group["count"], [item["id"] for item in group["items"]]) == (2, ["1", "2 ü"])
    assert [item["id"] for item in admin.get("/streams/group/feed/a%2Fb?limit=1")["items"]] == ["2 ü"]
    assert admin.get("/streams/group/feed/none") == {"streamName": "feed", "groupId": "none", "items": [], "count": 0}
    item = admin.get("/streams/item/feed/a%2Fb/2%20%C3%BC")
    assert (item["streamName"], item["groupId"], item["itemId"]) == ("feed", "a/b", "2 ü")
    assert (item["data"]["id"], item["data"]["n"]) == ("2 ü", "2 ü")


@pytest.mark.parametrize("path", ["details/x", "groups/x", "group/x/a", "item/x/a/b"])
def test_a_stream_that_is_not_there_is_not_found(admin: Admin, path: str) -> None:
    answer = admin.ask("GET", f"/streams/{path}")
    assert (answer.status, answer.json()) == (404, {"error": "Stream 'x' not found"})


def test_an_item_that_is_not_there_is_not_found(admin: Admin) -> None:
    assert admin.ask("GET", "/streams/item/feed/a/1").status == 404
