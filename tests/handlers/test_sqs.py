"""Event Steps behind SQS: whole batches in, the messages to be tried again out."""

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from handlers.bundles import FakeServices, event_of, sandbox_of
from motia_handlers.sandbox import Sandbox
from motia_handlers.sqs import handle

KEEP = """
async def handler(data, context):
    await context.state.set("seen", str(data["id"]), [data, context.trace_id, context.flows])
"""


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def call(sandbox: Sandbox, event: Any) -> list[str]:
    answer = asyncio.run(handle(event, sandbox))
    assert list(answer) == ["batchItemFailures"]
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def fifo(*messages: tuple[str, int]) -> Any:
    """A FIFO batch of (group, number) messages, whose ids are "group-number"."""
    event: Any = event_of("sqs_fifo")
    template = event["Records"].pop()
    for group, number in messages:
        record = copy.deepcopy(template)
        data = {"group": group, "n": number}
        record["messageId"] = record["receiptHandle"] = f"{group}-{number}"
        record["attributes"]["MessageGroupId"] = group
        record["body"] = json.dumps({"topic": "order.paid", "data": data, "traceId": "T", "flows": []})
        event["Records"].append(record)
    return event


def errors(services: FakeServices) -> list[dict[str, Any]]:
    return [record for record in services.backend.logs.records if record["level"] == "error"]


def test_every_message_is_handled_with_its_own_trace(tmp_path: Path, services: FakeServices) -> None:
    assert call(sandbox_of(tmp_path, KEEP, services), event_of("sqs_standard")) == []
    assert services.backend.state.groups["seen"] == {
        "1": [{"id": 1}, "YBQHN-0185054", []],
        "2": [{"id": 2}, "YBQHN-0185055", []],
    }
    assert services.made_visible == []


def test_a_failed_message_goes_back_alone_and_soon(tmp_path: Path, services: FakeServices) -> None:
    source = """
    async def handler(data, context):
        if data["id"] == 2:
            error = ValueError("not today")
            error.code = "E_TOMORROW"
            raise error
    """
    assert call(sandbox_of(tmp_path, source, services), event_of("sqs_standard")) == [
        "2e1424d4-f796-459a-8184-9c92662be6da"
    ]
    assert services.made_visible == [("shop_dev_v1_work", "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq", 2)]
    [record] = errors(services)
    assert (record["msg"], record["attempt"], record["traceId"]) == ("Attempt 3 failed", 3, "YBQHN-0185055")
    del record["error"]["stack"]
    assert record["error"] == {"message": "not today", "name": "ValueError", "code": "E_TOMORROW"}


def test_the_wait_before_a_retry_is_set_by_the_environment(
    tmp_path: Path, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTIA_RETRY_DELAY_S", "7")
    call(sandbox_of(tmp_path, "def handler(data): raise ValueError", services), event_of("sqs_standard"))
    assert [seconds for _, _, seconds in services.made_visible] == [7, 7]


def test_a_wait_that_cannot_be_set_is_logged_and_the_message_still_goes_back(
    tmp_path: Path, services: FakeServices
) -> None:
    services.visibility_error = ConnectionError("no")
    failed = call(sandbox_of(tmp_path, "def handler(data): raise ValueError", services), event_of("sqs_standard"))
    assert len(failed) == 2
    assert any("visibility timeout" in record["msg"] for record in errors(services))


def test_messages_of_a_standard_queue_run_at_the_same_time(tmp_path: Path, services: FakeServices) -> None:
    source = """
    import asyncio

    async def handler(data, context):
        await context.state.set("here", str(data["id"]), True)
        async with asyncio.timeout(10):
            while len(await context.state.get_group("here")) < 2:
                await asyncio.sleep(0)
    """
    assert call(sandbox_of(tmp_path, source, services), event_of("sqs_standard")) == []


ORDERED = """
async def handler(data, context):
    seen = await context.state.get("order", data["group"]) or []
    await context.state.set("order", data["group"], [*seen, data["n"]])
    if (data["group"], data["n"]) == ("a", 2):
        raise ValueError
"""


def test_a_fifo_group_runs_in_order_and_stops_at_its_first_failure(tmp_path: Path, services: FakeServices) -> None:
    batch = fifo(("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3), ("b", 3), ("a", 4))
    assert call(sandbox_of(tmp_path, ORDERED, services), batch) == ["a-2", "a-3", "a-4"]
    assert services.backend.state.groups["order"] == {"a": [1, 2], "b": [1, 2, 3]}
    assert len(errors(services)) == 1
    assert [handle for _, handle, _ in services.made_visible] == ["a-2", "a-3", "a-4"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("not json", "the message is not JSON"),
        ("[" * 100_000, "the message is not JSON"),
        ("[1]", "the message is not an emitted event"),
        ('{"id": 1}', "the message is not an emitted event"),
    ],
)
def test_a_message_nobody_emitted_is_a_failed_attempt(
    tmp_path: Path, services: FakeServices, body: str, what: str
) -> None:
    event: Any = event_of("sqs_standard")
    event["Records"][0]["body"] = body
    assert call(sandbox_of(tmp_path, KEEP, services), event) == [event["Records"][0]["messageId"]]
    assert errors(services)[0]["error"]["message"].startswith(what)
    assert list(services.backend.state.groups["seen"]) == ["2"]


def test_a_large_event_is_fetched(tmp_path: Path, services: FakeServices) -> None:
    event: Any = event_of("sqs_standard")
    envelope = json.loads(event["Records"][0]["body"])
    services.stored["bucket", "payloads/1"] = json.dumps(envelope.pop("data")).encode()
    envelope["s3"] = {"bucket": "bucket", "key": "payloads/1"}
    event["Records"][0]["body"] = json.dumps(envelope)
    envelope["s3"]["key"] = "payloads/missing"
    event["Records"][1]["body"] = json.dumps(envelope)
    assert call(sandbox_of(tmp_path, KEEP, services), event) == [event["Records"][1]["messageId"]]
    assert services.backend.state.groups["seen"]["1"][0] == {"id": 1}


@pytest.mark.parametrize("exit", ["raise SystemExit(3)", "import sys; sys.exit()", "raise BaseException('odd')"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_leaving_the_process_is_a_failed_attempt(tmp_path: Path, services: FakeServices, kind: str, exit: str) -> None:
    sandbox = sandbox_of(tmp_path, f"{kind} handler(data, context):\n    {exit}", services)
    assert len(call(sandbox, event_of("sqs_standard"))) == 2


def test_a_step_that_cannot_be_imported_fails_every_message(
    tmp_path: Path, services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = sandbox_of(tmp_path, "1 / 0", services)
    assert len(call(sandbox, event_of("sqs_standard"))) == 2
    assert "ZeroDivisionError" in json.loads(capsys.readouterr().out.splitlines()[-1])["msg"]
    assert len(services.made_visible) == 2


def test_an_event_without_a_trace_gets_one(tmp_path: Path, services: FakeServices) -> None:
    event: Any = event_of("sqs_standard")
    event["Records"][0]["body"] = '{"topic": "a", "data": {"id": 9}}'
    call(sandbox_of(tmp_path, KEEP, services), event)
    assert len(services.backend.state.groups["seen"]["9"][1]) == 13
