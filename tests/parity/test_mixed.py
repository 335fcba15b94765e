"""Two languages in one project: their routes beside each other, and rules for streams in both."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from parity.places import Place
from parity.sockets import opened

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]

DENIED = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}


@pytest.fixture(scope="module")
def place(mixed: Place) -> Place:
    return mixed


def put(place: Place, language: str, stream: str, group: str) -> dict[str, Any]:
    answer = place.call("PUT", f"/{language}/{stream}/{group}/{uuid.uuid4()}", {"text": "hear"})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def test_a_static_path_in_one_language_beats_a_parameter_in_the_other(place: Place) -> None:
    assert place.call("GET", "/things/static").json() == {"language": "Python"}
    assert place.call("GET", "/things/7").json() == {"language": "TypeScript", "id": "7"}
    assert place.call("HEAD", "/things/7").status == place.call("HEAD", "/things/static").status == 200
    assert place.call("GET", "/nothing").status == 404


@pytest.mark.parametrize("stream", ["attic", "cellar"])
@pytest.mark.parametrize(("name", "floor", "allowed"), [("ada", "3", True), ("ada", "4", False), (None, "3", False)])
def test_a_rule_in_either_language_decides_by_who_authenticate_says_it_is(
    place: Place, stream: str, name: str | None, floor: str, allowed: bool
) -> None:
    with opened(place.websocket_url, f"?name={name}" if name else "") as socket:
        socket.join(stream, floor, "none" if allowed else None)
        told = socket.rest()
        assert [message["event"]["event"]["data"] for message in told] == ([] if allowed else [DENIED])


@pytest.mark.parametrize("stream", ["attic", "cellar"])
@pytest.mark.parametrize("language", ["python", "typescript"])
def test_an_item_set_in_either_language_is_told(place: Place, stream: str, language: str) -> None:
    with opened(place.websocket_url, "?name=grace") as socket:
        socket.join(stream, "5")
        assert socket.event()["type"] == "sync"
        item = put(place, language, stream, "5")
        assert item.pop("__motia")["streamName"] == stream
        assert item["by"].lower() == language
        assert socket.event() == {"type": "create", "data": item}


def test_both_languages_see_the_same_items(place: Place) -> None:
    items = [put(place, language, "hall", "all") for language in ("python", "typescript")]
    with opened(place.websocket_url) as socket:
        socket.join("hall", "all")
        told = {item["id"] for item in socket.event()["data"]}
    assert told >= {item["id"] for item in items}


def test_a_rule_that_throws_is_a_no(place: Place) -> None:
    with opened(place.websocket_url, "?name=ada") as socket:
        socket.join("cellar", "broken")
        assert socket.event()["event"]["data"] == DENIED


def test_whom_authenticate_throws_at_is_not_let_in(place: Place) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(place.websocket_url, "?name=nobody"):
        pass
    # The emulator refuses every handshake with 403, API Gateway with the status that the function gives.
    assert refused.value.response.status_code == (403 if place.name == "emulator" else 401)
