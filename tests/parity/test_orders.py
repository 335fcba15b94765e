"""The orders example, wherever it runs."""

import uuid

import pytest

from parity.places import Place
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def place(orders: Place) -> Place:
    return orders


def order(place: Place, customer: str, *items: str):
    return place.call("POST", "/orders", {"items": list(items)}, {"x-customer": customer})


def test_an_order_is_prepared_and_charged(place: Place) -> None:
    taken = order(place, "ada", "espresso", "croissant")
    assert taken.status == 202
    assert taken.json()["total"] == 570
    assert taken.header("x-trace-id")

    def processed():
        found = place.call("GET", f"/orders/{taken.json()['id']}").json()
        return found if found["receipt"] and found["payment"] else None

    found = eventually(processed, within_s=30)
    assert found["customer"] == "ada"
    assert found["receipt"].splitlines() == [
        f"Order {taken.json()['id']} for ada",
        "espresso, croissant",
        "Total: 5.70 EUR",
    ]
    assert found["payment"]["amount"] == 570


def test_orders_of_one_customer_are_charged_one_after_another(place: Place) -> None:
    customer = f"eve-{uuid.uuid4().hex[:6]}"
    ids = [order(place, customer, "espresso").json()["id"] for _ in range(6)]

    def numbers():
        payments = [place.call("GET", f"/orders/{i}").json()["payment"] for i in ids]
        return [payment["number"] for payment in payments] if all(payments) else None

    assert eventually(numbers, within_s=40) == [1, 2, 3, 4, 5, 6]


def test_what_is_not_on_the_menu_is_refused(place: Place) -> None:
    refused = order(place, "ada", "espresso", "unicorn")
    assert refused.status == 400
    assert "unicorn" in refused.json()["error"]


def test_the_middleware_wants_a_name(place: Place) -> None:
    refused = place.call("POST", "/orders", {"items": ["espresso"]})
    assert refused.status == 401
    assert "x-customer" in refused.json()["error"]


def test_an_unknown_order_is_not_found(place: Place) -> None:
    assert place.call("GET", "/orders/none").status == 404


def test_the_daily_report_adds_up(place: Place) -> None:
    order(place, "ada", "espresso")
    place.fire("DailyReport", "2026-11-22T06:00:00Z")
