"""Queues and dead letters, seen and moved through `/__motia/queues`."""

from __future__ import annotations

from typing import Any

import pytest

from localstack.admin.conftest import Admin, order
from localstack.server.conftest import Site


@pytest.fixture(autouse=True)
def empty(shop: Site) -> None:
    shop.live.run(shop.live.engine.queues.purge("Charge", dead=True))


def counts(admin: Admin) -> dict[str, Any]:
    queue = admin.get("/queues/Charge")
    return {key: queue[key] for key in ("visible", "inFlight", "delayed", "dead")}


def test_every_event_step_has_its_queue(admin: Admin) -> None:
    (queue,) = admin.get("/queues")
    assert queue == admin.get("/queues/Charge")
    assert queue == {
        "id": "Charge",
        "name": "Charge",
        "fifo": False,
        "visible": 0,
        "inFlight": 0,
        "delayed": 0,
        "dead": 0,
        "configured": True,
        "consumed": True,
        "topics": ["order.created"],
        "maxRetries": 0,
        "visibilityTimeout": 180,
        "delaySeconds": 0,
        "concurrency": 10,
    }


def test_dead_letters_are_read_and_sent_again(admin: Admin, shop: Site) -> None:
    trace_id = order(shop, "unlucky", 13)
    order(shop, "unlucky", 13)
    letters = admin.get("/queues/Charge/dead-letters")
    assert len(letters) == counts(admin)["dead"] == 2
    first = letters[0]
    assert (first["topic"], first["data"], first["attempts"]) == ("order.created", {"n": 13}, 1)
    assert (first["traceId"], first["error"], first["flows"]) == (trace_id, "ValueError: unlucky", ["orders", "ü/#"])
    assert first["sentAt"] <= first["firstReceivedAt"] <= first["failedAt"]
    assert len(admin.get("/queues/Charge/dead-letters?limit=1")) == 1

    assert admin.ask("POST", f"/queues/Charge/dead-letters/{first['id']}/redrive").json() == {"redriven": 1}
    assert shop.live.wait_idle()
    again = admin.get("/queues/Charge/dead-letters")
    assert len(again) == 2
    assert again[0]["id"] == letters[1]["id"]
    assert admin.ask("POST", "/queues/Charge/dead-letters/redrive").json() == {"redriven": 2}
    assert shop.live.wait_idle()
    assert admin.ask("DELETE", "/queues/Charge/dead-letters").json() == {"removed": 2}
    assert counts(admin)["dead"] == 0
    assert admin.ask("POST", "/queues/Charge/dead-letters/redrive").json() == {"redriven": 0}


def test_waiting_messages_are_seen_and_removed(tmp_path: Any, site: Site) -> None:
    site.event("later", "work", "pass", "'infrastructure': {'queue': {'type': 'fifo', 'delaySeconds': 900}}")
    site.start()
    admin = Admin(site)
    for n in range(3):
        site.call("POST", "/emit", {"topic": "work", "data": n, "messageGroupId": f"g{n}"})
    messages = admin.get("/queues/later/messages")
    assert [(message["data"], message["messageGroupId"]) for message in messages] == [(0, "g0"), (1, "g1"), (2, "g2")]
    assert {(message["attempts"], message["inFlight"], message["error"]) for message in messages} == {(0, False, None)}
    assert messages[0]["visibleAt"] - messages[0]["sentAt"] == 900_000
    assert len(admin.get("/queues/later/messages?limit=2")) == 2
    queue = admin.get("/queues/later")
    assert (queue["fifo"], queue["delayed"], queue["delaySeconds"]) == (True, 3, 900)
    assert admin.ask("DELETE", "/queues/later/messages").json() == {"removed": 3}
    assert admin.get("/queues/later")["delayed"] == 0


def test_the_queue_of_a_step_that_is_gone_is_shown_while_it_has_messages(site: Site) -> None:
    site.event("gone", "work", "pass", "'infrastructure': {'queue': {'type': 'standard', 'delaySeconds': 900}}")
    site.start()
    site.call("POST", "/emit", {"topic": "work", "data": 1})
    (site.root / "steps/gone_step.py").unlink()
    site.live.reload()
    admin = Admin(site)
    (queue,) = admin.get("/queues")
    assert (queue["configured"], queue["consumed"], queue["maxRetries"], queue["topics"]) == (False, False, None, [])
    assert admin.ask("DELETE", "/queues/gone/messages").json() == {"removed": 1}
    assert admin.get("/queues") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/queues/none"),
        ("GET", "/queues/none/messages"),
        ("DELETE", "/queues/none/messages"),
        ("GET", "/queues/none/dead-letters"),
        ("DELETE", "/queues/none/dead-letters"),
        ("POST", "/queues/none/dead-letters/redrive"),
        ("POST", "/queues/none/dead-letters/1/redrive"),
        ("POST", "/queues/Charge/dead-letters/1/redrive"),
        ("POST", "/queues/Charge/dead-letters/%27%20OR%201=1/redrive"),
    ],
)
def test_what_is_not_there_is_not_found(admin: Admin, method: str, path: str) -> None:
    assert admin.ask(method, path).status == 404
