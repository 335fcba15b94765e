"""context.logger"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from conformance.calling import calls, calls_of_event, special, unique, value
from conformance.sentences import contract, sentence, sentences
from parity.places import Place
from waiting import eventually


def logged(place: Place, trace: str, message: str) -> dict[str, Any]:
    """The record with this message."""
    return eventually(lambda: next((one for one in place.logs(trace) if one["msg"] == message), None))


def log(place: Place, level: str, *arguments: Any) -> dict[str, Any]:
    """The record of one call of the logger."""
    made = calls(place, (f"logger.{level}", *arguments))
    assert made.values == [None]
    return logged(place, made.trace, arguments[0])


@sentences(
    "logger",
    "level",
    {f"`logger.{level}(message, metadata)` writes a record of this level": level for level in ("info", "warn", "error")}
    | {"`logger.debug(message, metadata)` writes a record where debug is on": "debug"},
)
def test_levels(place: Place, level: str) -> None:
    record = log(place, level, f"User created {unique()}", {"user_id": "123"})
    assert (record["level"], record["user_id"]) == (level, "123")


@sentence("logger", "records are tagged with a timestamp")
def test_the_timestamp(place: Place) -> None:
    record = log(place, "info", f"Now {unique()}")
    at = record["time"] / 1000 if "time" in record else datetime.fromisoformat(record["timestamp"]).timestamp()
    assert abs(at - datetime.now().timestamp()) < 120


@sentence("logger", "records are tagged with the Step's name")
def test_the_step(place: Place) -> None:
    assert log(place, "info", f"Who {unique()}")["step"] == "Calls"


@sentence("logger", "records are tagged with the trace id")
def test_the_trace_id(place: Place) -> None:
    message = f"Processing request {unique()}"
    made = calls(place, ("logger.info", message))
    assert logged(place, made.trace, message)["traceId"] == made.trace


@sentence("logger", "the trace id correlates the records of all Steps of a request")
def test_records_of_an_event_step(place: Place) -> None:
    message = f"Processing order {unique()}"
    emitted, _ = calls_of_event(place, ("logger.info", message))
    record = logged(place, emitted.trace, message)
    assert (record["step"], record["traceId"]) == ("RunCalls", emitted.trace)


@sentence("logger", "records are tagged with any metadata you pass")
def test_metadata(place: Place) -> None:
    metadata = {"limit": 100, "nested": {"list": [1, None, "three"]}, "text": "ü 😀"}
    record = log(place, "warn", f"Rate limit {unique()}", metadata)
    assert {key: record[key] for key in metadata} == metadata


@sentence("logger", "metadata may be left out")
def test_no_metadata(place: Place) -> None:
    message = f"Plain {unique()}"
    assert log(place, "info", message)["msg"] == message


@sentence("logger", contract("metadata that is no dictionary is under `data`"))
def test_metadata_of_one_value(place: Place) -> None:
    assert log(place, "info", f"One {unique()}", "value")["data"] == "value"


@sentence("logger", contract("records have the Step's flows"))
def test_flows(place: Place) -> None:
    assert log(place, "info", f"Flows {unique()}")["flows"] == ["reference", "second flow"]


@sentence("logger", "metadata that has no JSON form does not make the call fail")
def test_metadata_without_json(place: Place) -> None:
    record = log(place, "info", f"Odd {unique()}", {"object": special("object"), "nan": special("nan"), "fine": 1})
    assert record["fine"] == 1


@sentence("logger", contract("a handler that raises is logged as an error, with message and stack"))
def test_a_failure_is_logged(place: Place) -> None:
    group = unique()
    assert place.call("POST", f"/guarded?raise=handler&state={group}", {}).status == 500
    trace = value(place, "state.get", "middleware", f"{group}-first")
    record = eventually(lambda: next((one for one in place.logs(trace) if one["level"] == "error"), None))
    assert record["step"] == "Guarded"
    assert record["error"]["message"] == "the handler failed"
    assert re.search(r"steps/guarded(_step\.py|\.step\.ts)", record["error"]["stack"])
