"""Events to SQS: what arrives, in which batches, in which order, and what an emitter learns."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from motia.aws.payloads import Payloads
from motia.aws.publisher import SqsPublisher
from motia.aws.queues import Queues
from motia.aws.s3 import S3Client
from motia.aws.sandbox import AwsBackend, open_backend
from motia.aws.sqs import MAX_BYTES, SqsClient
from motia.aws.threads import Threads
from motia.backend import Message, Subscriber
from motia.errors import EmitError

WORK = Subscriber("Work", "Work")
ORDERED = Subscriber("Ordered", "Ordered", fifo=True)


def message(data: Any, subscriber: Subscriber = WORK, group: str | None = None, dedup: str = "") -> Message:
    return Message(subscriber, "order.created", data, "ABCDE-1234567", ("shop",), group, dedup)


@pytest.fixture
def backend(cloud: Any) -> AwsBackend:
    return open_backend(cloud.environ)


class Calls:
    """Counts what a publisher asks of SQS."""

    def __init__(self, publisher: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        client = publisher._queues.sqs.client
        call = client.call

        def counted(operation: str, payload: dict[str, Any], **options: Any) -> Any:
            if operation.startswith("SendMessage"):
                self.sizes.append(len(payload.get("Entries", "1")))
            return call(operation, payload, **options)

        monkeypatch.setattr(client, "call", counted)


def test_an_event_arrives_in_its_envelope(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Work")
    asyncio.run(backend.events.publish([message({"a": [1, "é"]}, group="tenant 1")]))
    (received,) = cloud.received(url)
    assert json.loads(received["Body"]) == {
        "topic": "order.created",
        "data": {"a": [1, "é"]},
        "traceId": "ABCDE-1234567",
        "flows": ["shop"],
        "messageGroupId": "tenant 1",
    }
    assert received["Attributes"]["MessageGroupId"] == "tenant 1"


def test_without_a_group_there_is_none(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Work")
    asyncio.run(backend.events.publish([message(None)]))
    (received,) = cloud.received(url)
    assert json.loads(received["Body"]) == {
        "topic": "order.created",
        "data": None,
        "traceId": "ABCDE-1234567",
        "flows": ["shop"],
    }
    assert "MessageGroupId" not in received["Attributes"]


def test_every_subscriber_has_its_copy(backend: AwsBackend, cloud: Any) -> None:
    urls = [cloud.queue("Work"), cloud.queue("Other"), cloud.queue("Ordered", fifo=True)]
    data = {"n": 1}
    subscribers = [WORK, Subscriber("Other", "Other"), ORDERED]
    asyncio.run(backend.events.publish([message(data, subscriber, "g") for subscriber in subscribers]))
    bodies = [received["Body"] for url in urls for received in cloud.received(url)]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


def test_events_of_one_tick_share_batches(backend: AwsBackend, cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cloud.queue("Work")
    calls = Calls(backend.events, monkeypatch)

    async def emit() -> None:
        await asyncio.gather(*[backend.events.publish([message(n)]) for n in range(23)])

    asyncio.run(emit())
    assert sorted(calls.sizes) == [3, 10, 10]
    assert sorted(json.loads(m["Body"])["data"] for m in cloud.received(url)) == list(range(23))


def test_a_batch_keeps_to_the_size_limit(backend: AwsBackend, cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cloud.queue("Work")
    calls = Calls(backend.events, monkeypatch)
    asyncio.run(backend.events.publish([message("ü" * (MAX_BYTES // 5)) for _ in range(5)]))
    assert sorted(calls.sizes) == [1, 2, 2]
    assert len(cloud.received(url)) == 5


def test_events_to_a_fifo_queue_keep_their_order(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Ordered", fifo=True)

    async def emit() -> None:
        await asyncio.gather(*[backend.events.publish([message(n, ORDERED, f"g{n % 5}")]) for n in range(50)])
        for n in range(50, 60):
            await backend.events.publish([message(n, ORDERED, f"g{n % 5}")])

    asyncio.run(emit())
    received = [json.loads(m["Body"])["data"] for m in cloud.received(url)]
    assert sorted(received) == list(range(60))
    for group in range(5):
        assert [n for n in received if n % 5 == group] == list(range(group, 60, 5))


def test_two_equal_events_are_two_and_a_repeated_one_is_one(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Ordered", fifo=True)
    repeated = message("same", ORDERED, "g", dedup="emit-1")
    for sent in (repeated, repeated, message("same", ORDERED, "g", dedup="emit-2"), message("same", ORDERED, "g")):
        asyncio.run(backend.events.publish([sent]))
    assert len(cloud.received(url)) == 3


@pytest.mark.parametrize("fifo", [False, True])
def test_data_too_large_for_sqs_travels_by_s3(backend: AwsBackend, cloud: Any, fifo: bool) -> None:
    subscriber = ORDERED if fifo else WORK
    url = cloud.queue(subscriber.name, fifo=fifo)
    data = {"text": "é" * MAX_BYTES}
    asyncio.run(backend.events.publish([message(data, subscriber, "g"), message("small", subscriber, "g")]))
    envelopes = [json.loads(m["Body"]) for m in cloud.received(url)]
    large = next(envelope for envelope in envelopes if "s3" in envelope)
    assert set(large) == {"topic", "traceId", "flows", "messageGroupId", "s3"}
    assert large["s3"]["bucket"] == cloud.environ["MOTIA_BUCKET"]
    assert cloud.objects("payloads/") == [large["s3"]["key"]]
    assert json.loads(asyncio.run(backend.payloads.fetch(**large["s3"]))) == data
    assert [envelope["data"] for envelope in envelopes if "data" in envelope] == ["small"]


def test_an_event_of_exactly_the_limit_goes_to_sqs(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Work")
    overhead = len(
        json.dumps(
            {"topic": "order.created", "data": "", "traceId": "ABCDE-1234567", "flows": ["shop"]}, separators=(",", ":")
        )
    )
    for size in (MAX_BYTES - overhead, MAX_BYTES - overhead + 1):
        asyncio.run(backend.events.publish([message("x" * size)]))
    assert ["s3" in json.loads(m["Body"]) for m in cloud.received(url)] == [False, True]


def test_characters_sqs_refuses_are_escaped(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Work")
    text = "\u0000\u001f\ufffe\uffff\u007f\ud7ff\U0010ffff é"
    asyncio.run(backend.events.publish([message(text)]))
    (received,) = cloud.received(url)
    assert json.loads(received["Body"])["data"] == text
    assert not set("\u0000\u001f\ufffe\uffff") & set(received["Body"])


def test_a_queue_that_is_not_there_names_event_and_step(backend: AwsBackend) -> None:
    with pytest.raises(EmitError, match=r"'order\.created' was not sent to Step 'Work'"):
        asyncio.run(backend.events.publish([message(1)]))


def test_one_missing_queue_does_not_stop_the_others(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Other")
    with pytest.raises(EmitError, match="'Work'"):
        asyncio.run(backend.events.publish([message(1), message(2, Subscriber("Other", "Other"))]))
    assert len(cloud.received(url)) == 1


def test_nothing_to_publish_is_nothing(backend: AwsBackend) -> None:
    asyncio.run(backend.events.publish([]))


def test_queue_urls_are_asked_for_once(backend: AwsBackend, cloud: Any) -> None:
    cloud.queue("Work")
    asked: list[str] = []
    find = backend.queues.sqs.get_queue_url
    backend.queues.sqs.get_queue_url = lambda name: asked.append(name) or find(name)  # type: ignore[method-assign,func-returns-value]

    async def emit() -> None:
        await asyncio.gather(*[backend.events.publish([message(n)]) for n in range(30)])
        await backend.events.publish([message(31)])

    asyncio.run(emit())
    assert len(asked) == 1


def test_on_aws_queue_urls_are_built_and_not_asked_for(serve: Any, answer: Any, cloud: Any) -> None:
    server = serve(answer(200, b'{"MessageId":"m"}'))
    threads = Threads()
    sqs = SqsClient(cloud.client("sqs", endpoint=server.url))
    queues = Queues(sqs, threads, "https://sqs.eu-central-1.amazonaws.com/1/")
    publisher = SqsPublisher(queues, Payloads(S3Client(cloud.client("s3")), threads, "b"), threads, "p-e_v1")
    asyncio.run(publisher.publish([message(1)]))
    (request,) = server.requests
    assert json.loads(request.body)["QueueUrl"] == "https://sqs.eu-central-1.amazonaws.com/1/p-e_v1_Work"


def test_a_cancelled_emitter_stops_nobody_else(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Ordered", fifo=True)

    async def emit() -> None:
        tasks = [asyncio.create_task(backend.events.publish([message(n, ORDERED, "g")])) for n in range(4)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [type(None), type(None), asyncio.CancelledError, type(None)]

    asyncio.run(emit())
    assert [json.loads(m["Body"])["data"] for m in cloud.received(url)] == [0, 1, 3]


def test_a_loop_that_ended_early_does_not_block_the_next(backend: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Work")

    async def abandon() -> None:
        asyncio.ensure_future(backend.events.publish([message("lost")]))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(abandon())
    asyncio.run(asyncio.wait_for(backend.events.publish([message("kept")]), 10))
    assert "kept" in [json.loads(m["Body"])["data"] for m in cloud.received(url)]


def test_visibility_is_changed_by_queue_name(backend: AwsBackend, cloud: Any) -> None:
    url, boto = cloud.queue("Work"), cloud.boto("sqs")
    asyncio.run(backend.events.publish([message(1)]))
    (held,) = boto.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    asyncio.run(backend.queues.change_visibility(url.rpartition("/")[2], held["ReceiptHandle"], 0))
    assert len(cloud.received(url)) == 1
