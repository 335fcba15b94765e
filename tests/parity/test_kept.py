"""State and streams in adapters of the project's own, written in TypeScript: files, which these tests can look at."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parity.places import Place
from parity.serving import everywhere, start
from parity.sockets import opened
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Kept:
    """Where the app runs, and the folder its adapters keep things in."""

    place: Place
    folder: Path

    def read(self, *path: str) -> Any:
        file = self.folder.joinpath(*path)
        return json.loads(file.read_text()) if file.exists() else None

    def put(self, group: str, id: str, text: str) -> dict[str, Any]:
        answer = self.place.call("PUT", f"/notes/{group}/{id}", {"text": text})
        assert answer.status == 200, answer.body
        note: dict[str, Any] = answer.json()
        del note["__motia"]
        return note


@pytest.fixture(scope="module", params=everywhere("kept-ts", named=True))
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder, files = tmp_path_factory.mktemp("kept"), tmp_path_factory.mktemp("files")
    for place in start(*request.param, folder, f"KEPT_FOLDER={files}\n"):
        yield Kept(place, files)


@pytest.fixture
def group() -> str:
    return uuid.uuid4().hex


def test_items_and_state_lie_where_the_adapters_put_them(kept: Kept, group: str) -> None:
    note = kept.put(group, "n1", "one")
    assert note == {"text": "one", "id": "n1"}
    assert kept.read("stream-notes", group, "n1") == note
    assert kept.read("state", "notes", "n1") == {"group": group}


def test_event_steps_have_the_same_adapters(kept: Kept, group: str) -> None:
    kept.put(group, group, "counted")
    assert eventually(lambda: kept.read("state", "counted", group), within_s=30) == group


def test_clients_are_told_what_the_adapter_has_and_every_change(kept: Kept, group: str) -> None:
    first = kept.put(group, "n1", "one")
    with opened(kept.place.websocket_url) as socket:
        socket.join("notes", group)
        assert socket.event() == {"type": "sync", "data": [first]}
        socket.join("notes", group, "n2")
        assert socket.rest() == []
        second = kept.put(group, "n2", "two")
        changed = kept.put(group, "n1", "uno")
        kept.place.call("DELETE", f"/notes/{group}/n2")
        assert [socket.event() for _ in range(3)] == [
            {"type": "create", "data": second},
            {"type": "update", "data": changed},
            {"type": "delete", "data": second},
        ]
        socket.join("notes", group, "n1")
        assert socket.event() == {"type": "sync", "data": changed}


def test_an_adapter_that_fails_is_told_and_costs_one_subscription(kept: Kept, group: str) -> None:
    with opened(kept.place.websocket_url) as socket:
        socket.join("notes", "broken")
        assert socket.event()["event"]["data"]["code"] == "STREAM_UNAVAILABLE"
        socket.join("notes", group)
        assert socket.event() == {"type": "sync", "data": []}
