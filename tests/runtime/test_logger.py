"""The logger writes records that hold what they are given, and never breaks a Step."""

import json
import re
from datetime import date
from enum import Enum
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest

from motia.lines import JsonLines
from motia.logger import Logger
from motia.memory import MemoryLogs, MemoryTrace


@pytest.fixture
def logs() -> MemoryLogs:
    return MemoryLogs()


@pytest.fixture
def logger(logs: MemoryLogs) -> Logger:
    return Logger("Hello", "TRACE-0000001", ["flow"], logs, MemoryTrace())


def test_a_record_says_when_where_and_what(logger: Logger, logs: MemoryLogs) -> None:
    logger.info("User created", {"user_id": "123"})
    record = logs.records[0]
    assert list(record) == ["timestamp", "level", "step", "traceId", "flows", "msg", "user_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("timestamp"))
    assert record == {
        "level": "info",
        "step": "Hello",
        "traceId": "TRACE-0000001",
        "flows": ["flow"],
        "msg": "User created",
        "user_id": "123",
    }


def failing() -> ValueError:
    try:
        raise ValueError("no")
    except ValueError as error:
        return error


class Level(Enum):
    HIGH = "high"


class Hostile:
    __slots__ = ()

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def cycle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["me"] = value
    return value


@pytest.mark.parametrize(
    ("args", "kept"),
    [
        (None, {}),
        ({"a": 1}, {"a": 1}),
        ("text", {"data": "text"}),
        ([1, 2], {"data": [1, 2]}),
        (SimpleNamespace(a=1, _b=2), {"a": 1}),
        ({"when": date(2026, 1, 2)}, {"when": "2026-01-02"}),
        ({"x": b"\xff", "y": float("nan"), "z": {1: {2}}}, {"x": "b'\\xff'", "y": "nan", "z": {"1": [2]}}),
        ({"level": "fatal", "step": 1, "b": 2}, {"b": 2, "args": {"level": "fatal", "step": 1}}),
        ({"h": Hostile()}, {"h": "<Hostile>"}),
        ({"big": 10**5000}, {"big": hex(10**5000)}),
        (Level.HIGH, {"data": "high"}),
        (failing, {"data": repr(failing)}),
    ],
    ids=[
        "none",
        "dict",
        "text",
        "list",
        "object",
        "date",
        "not json",
        "reserved",
        "hostile",
        "big",
        "enum",
        "function",
    ],
)
def test_any_args_become_part_of_the_record(logger: Logger, logs: MemoryLogs, args: Any, kept: dict[str, Any]) -> None:
    logger.info("m", args)
    record = logs.records[0]
    assert {key: value for key, value in record.items() if key not in ("timestamp", "traceId", "flows", "msg")} == {
        "level": "info",
        "step": "Hello",
        **kept,
    }


@pytest.mark.parametrize("args", [{"error": failing()}, failing()])
def test_an_exception_is_shown_with_its_stack(logger: Logger, logs: MemoryLogs, args: Any) -> None:
    logger.error("m", args)
    error = logs.records[0]["error"]
    assert (error["name"], error["message"]) == ("ValueError", "no")
    assert "in failing" in error["stack"]


class Refused(Exception):
    def __init__(self, code: Any) -> None:
        super().__init__("no")
        self.code = code


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("ECONNREFUSED", "ECONNREFUSED"),
        (HTTPStatus.NOT_FOUND, 404),
        (0, 0),
        (None, None),
        (True, None),
        (1.5, None),
        (1 << 64, None),
        (print, None),
    ],
)
def test_an_exception_has_its_code_when_that_is_a_text_or_a_number(
    logger: Logger, logs: MemoryLogs, code: Any, kept: Any
) -> None:
    logger.error("m", Refused(code))
    error = json.loads(json.dumps(logs.records[0]["error"]))
    assert ("code" in error, error.get("code")) == (kept is not None, kept)


def test_an_object_that_contains_itself_ends_somewhere(logger: Logger, logs: MemoryLogs) -> None:
    logger.info("m", cycle())
    assert "[...]" in json.dumps(logs.records[0])


def test_the_exception_being_handled_is_logged_by_exception(logger: Logger, logs: MemoryLogs) -> None:
    try:
        raise KeyError("x")
    except KeyError:
        logger.exception("m", {"a": 1})
    assert logs.records[0]["level"] == "error"
    assert logs.records[0]["error"]["name"] == "KeyError"
    assert logs.records[0]["a"] == 1


@pytest.mark.parametrize(
    ("level", "written"),
    [
        (None, ["info", "warn", "warn", "error"]),
        ("debug", ["debug", "info", "warn", "warn", "error"]),
        ("WARNING", ["warn", "warn", "error"]),
        ("error", ["error"]),
        ("critical", []),
        ("nonsense", ["info", "warn", "warn", "error"]),
    ],
)
def test_the_environment_sets_the_level(
    monkeypatch: pytest.MonkeyPatch, logs: MemoryLogs, level: str | None, written: list[str]
) -> None:
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    if level:
        monkeypatch.setenv("LOG_LEVEL", level)
    trace = MemoryTrace()
    logger = Logger("Hello", "T", [], logs, trace)
    for method in (logger.debug, logger.info, logger.warn, logger.warning, logger.error):
        method("m")
    assert [record["level"] for record in logs.records] == written
    assert [event["level"] for event in trace.events] == written


def test_a_listener_hears_what_is_written_and_cannot_break_it(logger: Logger, logs: MemoryLogs) -> None:
    heard: list[tuple[str, str, Any]] = []
    logger.add_listener(lambda level, message, args: 1 / 0)
    logger.add_listener(lambda level, message, args: heard.append((level, message, args)))
    logger.info("m", {"a": 1})
    assert heard == [("info", "m", {"a": 1})]
    assert [record["msg"] for record in logs.records] == ["m", "a log listener failed"]


def test_a_broken_sink_does_not_reach_the_step(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def write(self, record: dict[str, Any]) -> None:
            raise OSError("disk full")

    Logger("Hello", "T", [], Broken(), MemoryTrace()).info("m")
    assert "disk full" in capsys.readouterr().err


def test_a_message_need_not_be_text(logger: Logger, logs: MemoryLogs) -> None:
    logger.info({"a": 1})
    logger.info(Hostile())
    assert [record["msg"] for record in logs.records] == ["{'a': 1}", "<Hostile>"]


def test_a_trace_event_carries_the_record(logs: MemoryLogs) -> None:
    trace = MemoryTrace()
    Logger("Hello", "T", ["f"], logs, trace).warn("m", {"a": 1})
    event = trace.events[0]
    assert isinstance(event.pop("timestamp"), int)
    assert event == {
        "type": "log",
        "level": "warn",
        "message": "m",
        "metadata": {"step": "Hello", "traceId": "T", "flows": ["f"], "a": 1},
    }


def test_json_lines_are_one_line_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines().write({"msg": "a\nb ü"})
    JsonLines().write({"msg": "\ud800"})
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["msg"] for line in lines] == ["a\nb ü", "\ud800"]
