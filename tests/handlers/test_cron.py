"""Cron Steps behind EventBridge: each tick runs once."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from handlers.bundles import FakeServices, event_of, sandbox_of
from motia_handlers.cron import handle, lock_name

COUNT = """
async def handler(context):
    runs = await context.state.get("cron", "runs") or []
    await context.state.set("cron", "runs", [*runs, context.trace_id])
"""


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def tick(time: str) -> Any:
    return {**event_of("eventbridge"), "time": time}


def test_a_tick_delivered_twice_runs_once(tmp_path: Path, services: FakeServices) -> None:
    sandbox = sandbox_of(tmp_path, COUNT, services, type="cron")
    assert asyncio.run(handle(event_of("eventbridge"), sandbox)) is True
    assert asyncio.run(handle(event_of("eventbridge"), sandbox)) is False
    assert len(services.backend.state.groups["cron"]["runs"]) == 1


def test_two_rules_that_tick_in_the_same_minute_run_once(tmp_path: Path, services: FakeServices) -> None:
    sandbox = sandbox_of(tmp_path, COUNT, services, type="cron")
    times = ["2026-10-08T16:53:00Z", "2026-10-08T16:53:21Z", "2026-10-08T16:54:00Z"]
    assert [asyncio.run(handle(tick(time), sandbox)) for time in times] == [True, False, True]
    assert len(set(services.backend.state.groups["cron"]["runs"])) == 2


def test_the_lock_belongs_to_the_step_and_the_minute() -> None:
    assert lock_name("a", tick("2026-10-08T16:53:06Z")) == "cron#a#2026-10-08T16:53"
    assert lock_name("b", tick("2026-10-08T16:53:06Z")) != lock_name("a", tick("2026-10-08T16:53:06Z"))
    assert lock_name("a", {"id": "53dc4d37"}) == "cron#a#53dc4d37"
    assert lock_name("a", {}) != lock_name("a", {})


@pytest.mark.parametrize("body", ["raise ValueError('no')", "raise SystemExit(1)"])
def test_a_failure_is_logged_raised_and_not_repeated(tmp_path: Path, services: FakeServices, body: str) -> None:
    sandbox = sandbox_of(tmp_path, f"async def handler(context):\n    {body}", services, type="cron")
    with pytest.raises(Exception, match=r"no|sys.exit"):
        asyncio.run(handle(event_of("eventbridge"), sandbox))
    assert [(record["level"], record["msg"]) for record in services.backend.logs.records] == [("error", "Run failed")]
    assert services.backend.logs.records[0]["scheduled"] == "2026-10-08T16:53:06Z"
    assert asyncio.run(handle(event_of("eventbridge"), sandbox)) is False


def test_a_step_that_cannot_be_imported_does_not_use_up_its_tick(
    tmp_path: Path, services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = sandbox_of(tmp_path, "1 / 0", services, type="cron")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        asyncio.run(handle(event_of("eventbridge"), sandbox))
    assert services.locks == set()
    assert "ZeroDivisionError" in json.loads(capsys.readouterr().out.splitlines()[-1])["msg"]
