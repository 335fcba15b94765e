"""Logs and traces, read through `/__motia/logs` and `/__motia/traces`."""

from __future__ import annotations

import pytest

from localstack.admin.conftest import Admin, order
from localstack.server.conftest import Site


@pytest.fixture(autouse=True)
def empty(admin: Admin) -> None:
    assert admin.ask("DELETE", "/logs").status == 204
    assert admin.ask("POST", "/trace/clear").json() == {"message": "Traces cleared"}


def test_records_are_found_by_trace_step_level_and_time(admin: Admin, shop: Site) -> None:
    first, second = order(shop, "1", 1), order(shop, "2", 2)
    everything = admin.get("/logs")["records"]
    assert [(record["traceId"], record["msg"]) for record in everything] == [
        (first, "created"),
        (first, "charged"),
        (second, "created"),
        (second, "charged"),
    ]
    assert (everything[0]["n"], everything[0]["flows"], everything[0]["level"]) == (1, ["orders", "ü/#"], "info")
    for query, expected in [
        (f"traceId={first}", everything[:2]),
        ("step=Charge", [everything[1], everything[3]]),
        ("level=warn", [everything[1], everything[3]]),
        ("level=warn&level=info&step=Create", [everything[0], everything[2]]),
        ("level=error", []),
        (f"since={everything[2]['time']}", [one for one in everything if one["time"] >= everything[2]["time"]]),
        ("since=9007199254740991", []),
        ("limit=1", everything[3:]),
        ("step=none", []),
    ]:
        assert admin.get(f"/logs?{query}")["records"] == expected, query


def test_a_cursor_leads_on_and_back(admin: Admin, shop: Site) -> None:
    page = admin.get("/logs")
    assert page["records"] == []
    order(shop, "1", 1)
    page = admin.get(f"/logs?after={page['cursor']}")
    assert [record["msg"] for record in page["records"]] == ["created", "charged"]
    assert admin.get(f"/logs?after={page['cursor']}")["records"] == []
    order(shop, "2", 2)
    newest = admin.get("/logs?limit=1")
    assert [record["msg"] for record in newest["records"]] == ["charged"]
    earlier = admin.get(f"/logs?limit=3&before={newest['before']}")
    assert [record["n"] for record in earlier["records"]] == [1, 1, 2]
    assert admin.get("/logs?limit=10")["before"] is None


def test_an_event_that_does_not_match_its_subscriber_is_warned_of_and_handled(admin: Admin, shop: Site) -> None:
    shop.call("POST", "/emit", {"topic": "order.created", "data": {"n": "many", "m": 1}})
    shop.call("POST", "/emit", {"topic": "order.created", "data": {}})
    assert shop.live.wait_idle()
    records = admin.get("/logs?step=Charge")["records"]
    warnings = [record for record in records if record["msg"] == "The event does not match the input schema"]
    assert [(record["level"], record["topic"]) for record in warnings] == [("warn", "order.created")] * 2
    assert warnings[0]["wrong"] == ["n: must be integer, is string"]
    assert warnings[1]["missing"] == ["n"]
    assert [record["n"] for record in records if record["msg"] == "charged"] == ["many"]


def test_traces_are_listed_by_what_became_of_them(admin: Admin, shop: Site) -> None:
    good, unlucky = order(shop, "1", 1), order(shop, "2", 13)
    order(shop, "3", -1)
    groups = admin.get("/traces")["groups"]
    assert [(group["name"], group["status"], group["traces"]) for group in groups] == [
        ("Create", "failed", 1),
        ("Create", "failed", 2),
        ("Create", "completed", 2),
    ]
    assert (groups[2]["id"], groups[1]["id"]) == (good, unlucky)
    assert groups[2]["endTime"] >= groups[2]["startTime"]
    assert [group["id"] for group in admin.get("/traces?status=completed")["groups"]] == [good]
    assert [group["id"] for group in admin.get("/traces?step=Charge&status=failed")["groups"]] == [unlucky]
    assert admin.get("/traces?since=9007199254740991") == {"groups": [], "cursor": None}
    page = admin.get("/traces?limit=2")
    rest = admin.get(f"/traces?limit=2&cursor={page['cursor']}")
    assert page["groups"] + rest["groups"] == groups
    assert rest["cursor"] is None


def test_a_trace_tells_what_its_steps_did(admin: Admin, shop: Site) -> None:
    trace_id = order(shop, "1", 13)
    whole = admin.get(f"/traces/{trace_id}")
    assert (whole["id"], whole["name"]) == (trace_id, "Create")
    create, charge = whole["traces"]
    assert [event["type"] for event in create["events"]] == ["log", "state", "stream", "emit"]
    assert create["entryPoint"] == {"type": "api", "stepName": "Create"}
    assert (charge["name"], charge["status"], charge["error"]["message"]) == ("Charge", "failed", "unlucky")
    assert admin.ask("DELETE", "/traces").status == 204
    assert admin.ask("GET", f"/traces/{trace_id}").json() == {"error": "Trace not found"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("logs?limit=0", 422),
        ("logs?limit=10001", 422),
        ("logs?limit=99999999999999999999999", 422),
        ("logs?after=-1", 422),
        ("logs?after=99999999999999999999999", 422),
        ("logs?since=now", 422),
        ("logs?level=loud", 422),
        ("traces?status=lost", 422),
        ("traces?cursor=x", 400),
        ("traces?cursor=1", 400),
        ("traces?cursor=99999999999999999999999:x", 400),
        ("traces?cursor=%D9%A1:x", 400),
    ],
)
def test_what_cannot_be_asked_is_refused(admin: Admin, query: str, status: int) -> None:
    assert admin.ask("GET", f"/{query}").status == status


def test_strange_texts_in_records_are_read_back(admin: Admin, shop: Site) -> None:
    record = {"level": "info", "msg": "half \ud800", "step": "s\u0000", "traceId": "T/1", "key\ud800": 1, "flows": []}

    async def log() -> None:
        shop.live.server.services.log(None, record)

    shop.live.run(log())
    (found,) = admin.get("/logs?traceId=T%2F1")["records"]
    assert (found["msg"], found["key\ud800"]) == ("half \ud800", 1)
