"""Cron Steps, fired by hand: their schedules are far away."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.calling import Made, calls, unique, value
from conformance.sentences import contract, sentence
from parity.places import Place
from waiting import eventually

_MINUTES = itertools.count(int(time.time()) % 100_000)


def moment() -> str:
    """A tick that was not taken before."""
    return (datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=next(_MINUTES))).isoformat()


def tick(place: Place, *made: Any) -> Made:
    """Calls made by a cron Step."""
    key = unique()
    calls(place, ("state.set", "cron", "script", {"calls": made, "key": key, "fail": False}))
    place.fire("Tick", moment())
    ran = eventually(lambda: value(place, "state.get", "ran", key))
    return Made(ran["results"], ran["trace"])


@sentence("Cron Step handler", "the handler gets the context alone")
def test_a_cron_handler_gets_the_context(place: Place) -> None:
    made = tick(place, ("trace_id",))
    assert made.values == [made.trace]


@sentence("Cron Step handler", "the context has state and streams")
def test_the_state_of_a_cron_handler(place: Place) -> None:
    group = unique()
    made = tick(
        place,
        ("state.set", group, "k", 1),
        ("state.get_group", group),
        ("streams.chatMessages.set", group, "m", {"text": "a", "author": "b"}),
    )
    assert made.values[1] == [1]
    assert value(place, "state.get", group, "k") == 1


@sentence("CronConfig", "a cron Step emits the topics in its `emits`")
def test_a_cron_step_emits(place: Place) -> None:
    id = unique()
    made = tick(place, ("emit", {"topic": "news", "data": {"id": id}}))
    heard = eventually(lambda: len(found := value(place, "state.get_group", f"heard-{id}")) == 2 and found)
    assert {one["trace"] for one in heard} == {made.trace}


@sentence("CronConfig", "a cron Step emits no other topics")
def test_a_cron_step_emits_nothing_else(place: Place) -> None:
    made = tick(place, ("emit", {"topic": "other.news", "data": {}}))
    assert made.errors[0].startswith("EmitError: ")


@sentence("Cron Step handler", "what the handler returns means nothing")
def test_the_return_value(place: Place) -> None:
    assert tick(place, ("flows",)).values == [[]]


@sentence("traceId", contract("every run of a cron Step has a trace id of its own"))
def test_a_trace_of_its_own(place: Place) -> None:
    assert tick(place).trace != tick(place).trace


@sentence("Cron Step handler", "the logger's records have the Step's name and the run's trace id")
def test_the_logger(place: Place) -> None:
    made = tick(place, ("logger.info", "Running daily cleanup"))
    record = eventually(lambda: next((r for r in place.logs(made.trace) if r["msg"] == "Running daily cleanup"), None))
    assert record["step"] == "Tick"


@sentence("CronConfig", contract("a tick runs once, however often it is announced"))
def test_a_tick_runs_once(place: Place) -> None:
    before = len(value(place, "state.get_group", "plain-tick"))
    at = moment()
    for _ in range(3):
        place.fire("PlainTick", at)
    assert len(value(place, "state.get_group", "plain-tick")) == before + 1


@sentence("Cron Step handler", contract("a handler may be a plain function"))
def test_a_plain_function(place: Place) -> None:
    before = len(value(place, "state.get_group", "plain-tick"))
    place.fire("PlainTick", moment())
    eventually(lambda: len(value(place, "state.get_group", "plain-tick")) == before + 1)


@sentence("Cron Step handler", contract("a run that fails is not tried again, and the next runs"))
def test_a_failing_run(place: Place) -> None:
    calls(place, ("state.set", "cron", "script", {"fail": True}))
    # A deployed function reports the failure to who invoked it; a schedule has nobody to tell.
    try:
        place.fire("Tick", moment())
    except AssertionError as failure:
        assert "the cron Step failed" in str(failure)
    except Exception as failure:
        pytest.fail(f"the place fell over: {failure!r}")
    assert tick(place, ("flows",)).values == [[]]
