"""A flow in three languages, wherever it runs: one trace id, one state, one stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from parity.places import Place
from parity.serving import everywhere, start
from parity.sockets import opened
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]


@pytest.fixture(scope="module", params=everywhere("support-desk"))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start("support-desk", request.param, tmp_path_factory.mktemp(request.param))


def open_ticket(place: Place, text: str) -> dict[str, Any]:
    answer = place.call("POST", "/tickets", {"from": "ada@example.com", "subject": "Help", "text": text})
    assert answer.status == 201, answer.body
    opened: dict[str, Any] = answer.json()
    return opened


def assigned(place: Place, id: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        ticket: dict[str, Any] = place.call("GET", f"/tickets/{id}").json()
        return ticket if ticket["status"] == "assigned" else None

    ticket: dict[str, Any] = eventually(found, within_s=60)
    return ticket


def test_a_ticket_passes_through_three_languages(place: Place) -> None:
    told = open_ticket(place, "I want a refund, this is urgent")
    ticket = assigned(place, told["id"])
    assert (ticket["team"], ticket["priority"], ticket["agent"] in ("bea", "bo")) == ("billing", 2, True)

    def logged() -> set[str]:
        steps = {record["step"] for record in place.logs(told["traceId"])}
        return steps if len(steps) == 3 else set()

    assert eventually(logged, within_s=20) == {"OpenTicket", "TriageTicket", "AssignTicket"}


def test_the_people_of_a_team_take_turns(place: Place) -> None:
    ids = [open_ticket(place, "It says error 5")["id"] for _ in range(4)]
    agents = [assigned(place, id)["agent"] for id in ids]
    assert sorted(agents) == ["tariq", "tariq", "tess", "tess"]


def test_every_language_tells_those_who_look_at_the_desk(place: Place) -> None:
    with opened(place.websocket_url) as desk:
        desk.join("desk", "open")
        assert desk.event()["type"] == "sync"
        told = open_ticket(place, "Hello")
        events = []
        while not events or events[-1]["data"]["status"] != "assigned":
            event = desk.event()
            if event["data"]["id"] == told["id"]:
                events.append(event)
    seen = [(event["type"], event["data"]["status"]) for event in events]
    assert seen == [("create", "open"), ("update", "triaged"), ("update", "assigned")]


def test_what_is_no_ticket_is_refused_by_the_schema(place: Place) -> None:
    refused = place.call("POST", "/tickets", {"from": "ada", "subject": "Help", "text": ""})
    assert refused.status == 400
    assert refused.json() == {"error": "This is no ticket", "wrong": ["from: Invalid email address"]}


def test_late_tickets_are_looked_for(place: Place) -> None:
    place.fire("RemindTeam", "2026-11-22T06:00:00Z")
