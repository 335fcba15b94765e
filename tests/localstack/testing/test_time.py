"""Cron and the clock of a project in memory."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia.testing import motia_test
from testing_projects import cron, event, project

COUNT = """
runs = (await context.state.get("runs", "all") or 0) + 1
await context.state.set("runs", "all", runs)
"""


def test_time_stands_still_until_it_is_moved(tmp_path: Path) -> None:
    root = project(tmp_path, "steps/t_step.py", cron("Tick", "0 9 * * *", COUNT))
    with motia_test(root, now=datetime(2026, 1, 1, 8, 59, 59, tzinfo=UTC)) as app:
        assert app.now == datetime(2026, 1, 1, 8, 59, 59, tzinfo=UTC)
        app.wait_idle()
        assert app.state.get("runs", "all") is None
        assert app.advance(1) == ["Tick"]
        assert app.advance_to("2026-01-04T09:00:00+00:00") == ["Tick"] * 3
        assert app.state.get("runs", "all") == 4
        assert app.now == datetime(2026, 1, 4, 9, tzinfo=UTC)


def test_several_crons_run_in_order_of_time(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "steps/a_step.py",
        cron("Hourly", "0 * * * *", COUNT),
        "steps/b_step.py",
        cron("Half", "30 * * * *", COUNT),
    )
    with motia_test(root, now="2026-01-01T00:00:00Z") as app:
        assert app.advance(hours=2) == ["Half", "Hourly", "Half", "Hourly"]


def test_a_tick_that_passed_while_a_retry_was_awaited_is_not_lost(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "steps/t_step.py",
        cron("Tick", "0 9 * * *", COUNT),
        "steps/a_step.py",
        event("A", "raise ValueError('no')"),
    )
    with motia_test(root, now="2026-01-01T08:59:59Z") as app:
        app.emit("work")
        app.wait_idle()
        assert app.now > datetime(2026, 1, 1, 9, tzinfo=UTC)
        assert app.state.get("runs", "all") is None
        assert app.advance(0) == ["Tick"]


def test_events_of_a_cron_run_when_time_goes_on(tmp_path: Path) -> None:
    emit = 'await context.emit({"topic": "work", "data": 1})'
    root = project(tmp_path, "steps/t_step.py", cron("Tick", "0 9 * * *", emit), "steps/a_step.py", event("A", COUNT))
    with motia_test(root, now="2026-01-01T00:00:00Z") as app:
        app.advance(days=2)
        assert app.state.get("runs", "all") == 2


def test_a_cron_can_be_run_by_hand_and_its_failure_is_seen(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "steps/t_step.py",
        cron("Tick", "0 9 * * *", COUNT),
        "steps/b_step.py",
        cron("Broken", "0 9 * * *", "raise ValueError('no report')"),
    )
    with motia_test(root, now="2026-01-01T00:00:00Z") as app:
        app.cron("Tick")
        assert app.state.get("runs", "all") == 1
        with pytest.raises(ValueError, match="no report"):
            app.cron("Broken")
        assert sorted(app.advance(days=1)) == ["Broken", "Tick"]
        [log] = [log for log in app.logs if log["level"] == "error"]
        assert (log["step"], log["error"]["message"]) == ("Broken", "no report")


def test_the_clock_does_not_go_back(tmp_path: Path) -> None:
    root = project(tmp_path, "steps/t_step.py", cron("Tick", "0 9 * * *", COUNT))
    with motia_test(root, now="2026-01-01T00:00:00Z") as app, pytest.raises(ProjectError, match="cannot go back"):
        app.advance_to("2025-12-31T00:00:00Z")


@pytest.mark.parametrize("wrong", ["yesterday", "2026-01-01T00:00:00", datetime(2026, 1, 1)])
def test_a_moment_has_a_time_zone(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(ProjectError, match=r"moment|time zone"), motia_test(tmp_path, now=wrong):  # type: ignore[arg-type]
        pass
