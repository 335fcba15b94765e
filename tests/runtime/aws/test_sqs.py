"""SQS calls, against moto and against a server that refuses entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from motia.aws.client import AwsClient
from motia.aws.sqs import Entry, SqsClient
from motia.errors import AwsError

Serve = Callable[..., Any]


@pytest.fixture
def sqs_to(environ: dict[str, str]) -> Callable[..., SqsClient]:
    return lambda server: SqsClient(AwsClient("sqs", endpoint=server.url, environ=environ, sleep=lambda _: None))


def outcome(successful: list[int], failed: dict[int, tuple[str, bool]]) -> bytes:
    return json.dumps(
        {
            "Successful": [{"Id": str(index), "MessageId": "m", "MD5OfMessageBody": "x"} for index in successful],
            "Failed": [
                {"Id": str(index), "Code": code, "SenderFault": fault, "Message": "why"}
                for index, (code, fault) in failed.items()
            ],
        }
    ).encode()


def sent_ids(server: Any) -> list[list[str]]:
    return [[entry["Id"] for entry in json.loads(request.body)["Entries"]] for request in server.requests]


def test_a_message_arrives(cloud: Any) -> None:
    url = cloud.queue("Work")
    message_id = SqsClient(cloud.client("sqs")).send(url, Entry('{"a":"é\\n"}'))
    (message,) = cloud.received(url)
    assert (message["MessageId"], message["Body"]) == (message_id, '{"a":"é\\n"}')


def test_a_batch_arrives_with_groups_and_delays(cloud: Any) -> None:
    fifo, standard = cloud.queue("F", fifo=True), cloud.queue("S")
    sqs = SqsClient(cloud.client("sqs"))
    assert sqs.send_batch(fifo, [Entry(str(n), group_id="g", dedup_id=f"d{n}") for n in range(10)]) == {}
    assert [message["Body"] for message in cloud.received(fifo)] == [str(n) for n in range(10)]
    assert sqs.send_batch(standard, [Entry("now"), Entry("later", delay_s=900)]) == {}
    assert [message["Body"] for message in cloud.received(standard)] == ["now"]


def test_a_queue_is_found_by_name(cloud: Any) -> None:
    url = cloud.queue("FindMe")
    sqs = SqsClient(cloud.client("sqs"))
    assert sqs.get_queue_url(url.rpartition("/")[2]) == url
    with pytest.raises(AwsError) as refused:
        sqs.get_queue_url("nowhere")
    assert "NonExistentQueue" in refused.value.code or "QueueDoesNotExist" in refused.value.code


def test_visibility_can_be_changed(cloud: Any) -> None:
    url, boto = cloud.queue("V"), cloud.boto("sqs")
    sqs = SqsClient(cloud.client("sqs"))
    sqs.send_batch(url, [Entry(str(n)) for n in range(3)])
    received = boto.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)["Messages"]
    first, *others = [message["ReceiptHandle"] for message in received]
    sqs.change_visibility(url, first, 0)
    assert sqs.change_visibility_batch(url, others, 0) == {}
    again = boto.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in again) == ["0", "1", "2"]


def test_only_failed_entries_are_sent_again(serve: Serve, answer: Any, sqs_to: Any) -> None:
    server = serve(
        answer(200, outcome([0, 2], {1: ("InternalError", False), 3: ("RequestThrottled", True)})),
        answer(200, outcome([3], {1: ("InternalError", False)})),
        answer(200, outcome([1], {})),
    )
    assert sqs_to(server).send_batch("http://q/1/name", [Entry(str(n)) for n in range(4)]) == {}
    assert sent_ids(server) == [["0", "1", "2", "3"], ["1", "3"], ["1"]]


def test_a_senders_fault_is_reported_and_not_repeated(serve: Serve, answer: Any, sqs_to: Any) -> None:
    server = serve(answer(200, outcome([0], {1: ("InvalidMessageContents", True)})))
    refused = sqs_to(server).send_batch("http://q/1/name", [Entry("a"), Entry("b")])
    assert list(refused) == [1]
    assert (refused[1].code, refused[1].status) == ("InvalidMessageContents", 400)
    assert "name" in refused[1].what
    assert len(server.requests) == 1


def test_an_entry_that_goes_on_failing_is_reported_after_five_tries(serve: Serve, answer: Any, sqs_to: Any) -> None:
    server = serve(answer(200, outcome([], {0: ("InternalError", False)})))
    assert sqs_to(server).send_batch("http://q/1/name", [Entry("a")])[0].code == "InternalError"
    assert len(server.requests) == 5


def test_an_entry_nobody_mentions_counts_as_not_sent(serve: Serve, answer: Any, sqs_to: Any) -> None:
    server = serve(answer(200, outcome([0], {})), answer(200, outcome([1], {})))
    assert sqs_to(server).send_batch("http://q/1/name", [Entry("a"), Entry("b")]) == {}
    assert sent_ids(server) == [["0", "1"], ["1"]]


def test_visibility_of_any_number_goes_in_tens_and_refusals_are_reported(
    serve: Serve, answer: Any, sqs_to: Any
) -> None:
    server = serve(
        answer(200, outcome(list(range(10)), {})), answer(200, outcome([10], {11: ("ReceiptHandleIsInvalid", True)}))
    )
    refused = sqs_to(server).change_visibility_batch("http://q", [f"r{n}" for n in range(12)], 2)
    assert [len(ids) for ids in sent_ids(server)] == [10, 2]
    assert list(refused) == [11]
