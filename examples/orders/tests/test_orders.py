"""The orders app in memory: run with `pytest` in this folder."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia.testing import PlainApp, motia_test, one_step

ROOT = Path(__file__).parent.parent


@pytest.fixture
def app() -> Iterator[PlainApp]:
    with motia_test(ROOT, now="2026-01-01T05:59:00Z") as app:
        yield app


def order(app: PlainApp, customer: str, *items: str):
    return app.call("CreateOrder", body={"items": list(items)}, headers={"x-customer": customer})


def test_an_order_is_received_prepared_and_charged(app: PlainApp) -> None:
    taken = order(app, "ada", "espresso", "croissant")
    assert taken.status == 202
    assert taken.body["total"] == 570

    before = app.call("GET", f"/orders/{taken.body['id']}").body
    assert before["status"] == "received"
    assert before["receipt"] is None

    app.wait_idle()
    after = app.call("GetOrder", path_params={"id": taken.body["id"]}).body
    assert "Order" in after["receipt"]
    assert after["payment"] == {"amount": 570, "number": 1}


def test_orders_of_one_customer_are_charged_in_order(app: PlainApp) -> None:
    ids = [order(app, "eve", "espresso").body["id"] for _ in range(5)]
    app.wait_idle()
    assert [app.state.get("payments", one)["number"] for one in ids] == [1, 2, 3, 4, 5]


def test_what_is_emitted_can_be_seen(app: PlainApp) -> None:
    order(app, "ada", "espresso")
    assert [(event.topic, event.message_group_id) for event in app.events] == [
        ("order.created", None),
        ("order.charge", "ada"),
    ]


def test_an_order_that_is_not_there_ends_among_the_dead_letters(app: PlainApp) -> None:
    app.emit("order.created", {"id": "lost"})
    app.wait_idle()
    [letter] = app.dead_letters("PrepareOrder")
    assert letter.data == {"id": "lost"}
    assert letter.attempts == 3


def test_the_day_is_added_up_at_six(app: PlainApp) -> None:
    order(app, "ada", "espresso", "croissant")
    assert app.advance(seconds=59) == []
    assert app.advance(seconds=1) == ["DailyReport"]
    assert app.state.get("reports", "latest") == {"orders": 1, "revenue": 570}


def test_a_customer_has_to_say_who_they_are(app: PlainApp) -> None:
    assert app.call("CreateOrder", body={"items": ["espresso"]}).status == 401
    assert app.events == []


def test_one_step_alone() -> None:
    step = one_step(ROOT / "steps/charge_order_step.py")
    asyncio.run(step.handle({"id": "1", "customer": "ada", "amount": 250}))
    assert asyncio.run(step.state.get("accounts", "ada")) == {"spent": 250, "orders": 1}
