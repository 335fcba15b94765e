"""The orders example, watched live by one who ordered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack.streams.conftest import Live

ORDERS = Path(__file__).parents[3] / "examples/orders"


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[Live]:
    root = tmp_path / "orders"
    shutil.copytree(ORDERS, root, ignore=shutil.ignore_patterns(".motia", "dist", "python_modules"))
    made = Live(root)
    made.start()
    yield made
    made.opened.close()
    made.live.stop()


def test_an_order_is_watched_until_it_is_prepared_and_charged(orders: Live) -> None:
    order = orders.call("POST", "/orders", {"items": ["espresso"]}, {"x-customer": "ada"}).json()
    socket = orders.open()
    socket.join("orderStatus", order["id"])
    seen = {item["id"]: item["status"] for item in socket.event()["data"]}
    while len(seen) < 2:
        told = socket.next()
        seen[told["id"]] = told["event"]["data"]["status"]
    assert seen == {"kitchen": "receipt written", "payment": "charged"}
