"""What Python has written TypeScript reads, and the other way round: state, streams, events, locks, rooms."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fake_sockets import FakeSockets, fake_sockets
from motia.aws.rooms import Connection
from motia.aws.sandbox import AwsBackend, open_backend
from motia.aws.sqs import MAX_BYTES
from motia.aws.streams import DynamoStreams
from motia.aws.values import INLINE_BYTES
from motia.backend import Message, Subscriber
from motia.stream_protocol import room
from node_programs import NodeError, Program, compiled, started

Start = Callable[..., Program]

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e21,
    2**53 - 1,
    "",
    "text",
    'ä "quoted"\n\u0000\u2028\ufffe\U0001f600',
    [],
    [1, [2, {"a": None}]],
    {},
    {"a": {"b": [1, 2]}, "é": "ü", "__proto__": 1},
]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled("backend", tmp_path_factory.mktemp("backend"))


@pytest.fixture
def start(program: Path, cloud: Any) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(started(program, {**cloud.environ, **more}))


@pytest.fixture
def node(start: Start) -> Program:
    return start()


@pytest.fixture
def python(cloud: Any) -> AwsBackend:
    return open_backend(cloud.environ)


def items(cloud: Any, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.boto("dynamodb").scan(TableName=cloud.environ[table])["Items"]
    return found


def test_values_are_the_same_in_both_languages(node: Program, python: AwsBackend, cloud: Any) -> None:
    for number, value in enumerate(VALUES):
        assert node.call("state.set", "node", f"{number:02}", value) == value
        assert asyncio.run(python.state.get("node", f"{number:02}")) == value
        asyncio.run(python.state.set("python", f"{number:02}", value))
        assert node.call("state.get", "python", f"{number:02}") == value
    assert node.call("state.getGroup", "python") == asyncio.run(python.state.get_group("node")) == VALUES
    written = {(row["group"]["S"], row["key"]["S"]): row["value"]["S"] for row in items(cloud, "MOTIA_STATE_TABLE")}
    for number in range(len(VALUES)):
        assert written["node", f"{number:02}"] == written["python", f"{number:02}"]


def test_groups_are_listed_emptied_and_taken_from(node: Program, python: AwsBackend) -> None:
    keys = ["a", "B", "é", "\uffff", "\U0001f600", "#", "a/b"]
    for key in keys:
        asyncio.run(python.state.set("g", key, key))
    in_order = sorted(keys, key=str.encode)
    assert node.call("state.getGroup", "g") == node.call("state.keys", "g") == in_order
    assert node.call("state.delete", "g", "é") == "é"
    assert node.call("state.delete", "g", "é") is None
    assert asyncio.run(python.state.get("g", "é")) is None
    node.call("state.set", "\U0001f600", "k", 1)
    node.call("state.set", "\uffff", "k", 1)
    assert node.call("state.groups") == ["g", "\uffff", "\U0001f600"]
    for number in range(60):
        node.call("state.set", "many", str(number), number)
    node.call("state.clear", "many")
    assert asyncio.run(python.state.get_group("many")) == []


def test_large_values_are_one_object_each_and_leave_nothing_behind(
    node: Program, python: AwsBackend, cloud: Any
) -> None:
    large, larger = "é" * INLINE_BYTES, "b" * (2 * INLINE_BYTES)
    node.call("state.set", "g", "k", large)
    assert asyncio.run(python.state.get("g", "k")) == large
    asyncio.run(python.state.set("g", "k", larger))
    assert node.call("state.get", "g", "k") == larger
    assert node.call("state.getGroup", "g") == [larger]
    assert len(cloud.objects("state/")) == 1
    node.call("state.set", "g", "k", "small")
    assert cloud.objects() == []
    node.call("state.set", "g", "k", large)
    assert asyncio.run(python.state.delete("g", "k")) == large
    asyncio.run(python.state.set("g", "k", large))
    assert node.call("state.delete", "g", "k") == large
    node.call("state.set", "g", "k", large)
    node.call("state.clear", "g")
    assert cloud.objects() == []


def test_stream_items_are_the_same_in_both_languages(node: Program, python: AwsBackend, cloud: Any) -> None:
    item = node.call("streams.set", "chat", "room", "m1", {"text": "hi", "id": "ignored"})
    assert (item["text"], item["id"]) == ("hi", "m1")
    assert asyncio.run(python.streams.get("chat", "room", "m1")) == item
    for id, created in [("b", 2), ("z", 1), ("a", 2), ("\U0001f600", 2), ("\uffff", 2), ("c", "odd"), ("d", True)]:
        asyncio.run(python.streams.set("chat", "room2", id, {"_createdAt": created}))
    in_order = ["c", "d", "z", "a", "b", "\uffff", "\U0001f600"]
    assert [item["id"] for item in node.call("streams.getGroup", "chat", "room2")] == in_order
    assert [item["id"] for item in asyncio.run(python.streams.get_group("chat", "room2"))] == in_order
    assert node.call("streams.delete", "chat", "room", "m1") == item
    assert node.call("streams.delete", "chat", "room", "m1") is None
    row = next(row for row in items(cloud, "MOTIA_STREAM_TABLE") if row["id"]["S"] == "z")
    assert set(row) == {"group", "id", "value", "at"}
    node.call("streams.set", "chat", "room2", "z", {"_createdAt": 5})
    again = next(row for row in items(cloud, "MOTIA_STREAM_TABLE") if row["id"]["S"] == "z")
    assert again["value"]["S"] == '{"_createdAt":5,"id":"z"}'
    assert int(again["at"]["N"]) > int(row["at"]["N"])


def connect(backend: AwsBackend, client: str, *rooms: str) -> None:
    known = backend.clients().rooms
    known.open(client, None)
    connection = known.connection(client)
    assert isinstance(connection, Connection)
    for number, name in enumerate(rooms):
        known.join(connection, f"s{number}", name, number)


@pytest.fixture
def sockets(cloud: Any) -> Iterator[FakeSockets]:
    with fake_sockets() as fake:
        table = cloud.table(f"connections-{cloud.environ['MOTIA_BUCKET']}", "room", "connection")
        cloud.environ.update(MOTIA_WEBSOCKET_ENDPOINT=fake.url, MOTIA_CONNECTION_TABLE=table)
        yield fake


LONG = "long" * 510  # the names of its rooms are too long for DynamoDB
GROUP, ITEM = room("chät", 'lob"by'), room("chät", 'lob"by', "m1")
PLACE = ("chät", 'lob"by')


def test_subscribers_hear_typescript_as_they_hear_python(
    sockets: FakeSockets, cloud: Any, start: Start, python: AwsBackend
) -> None:
    python, node = open_backend(cloud.environ), start()
    connect(python, "group=", GROUP, ITEM)
    connect(python, "item=", ITEM)
    connect(python, "other=", room("chät", "attic"))
    first = node.call("streams.set", *PLACE, "m1", {"n": 1})
    second = asyncio.run(python.streams.set(*PLACE, "m1", {"n": 2}))
    node.call("streams.send", *PLACE, "m1", {"type": "seen", "data": {"by": "b"}})
    node.call("streams.delete", *PLACE, "m1")
    node.call("streams.send", *PLACE, None, {"type": "typing", "data": None})
    told = sockets.events("group=")
    assert told == [
        {"type": "create", "data": first},
        {"type": "update", "data": second},
        {"type": "event", "event": {"type": "seen", "data": {"by": "b"}}},
        {"type": "delete", "data": second},
        {"type": "event", "event": {"type": "typing", "data": None}},
    ]
    assert sockets.events("item=") == told[:4]
    assert "other=" not in sockets.told
    times = [message["timestamp"] for message in sockets.told["item="]]
    assert times == sorted(set(times))
    assert [list(message) for message in sockets.told["group="][:2]] == [
        ["timestamp", "streamName", "groupId", "id", "event"]
    ] * 2


def test_a_client_that_is_gone_is_forgotten(sockets: FakeSockets, cloud: Any, start: Start) -> None:
    python, node = open_backend(cloud.environ), start()
    connect(python, "gone=", GROUP, ITEM)
    connect(python, "here=", GROUP)
    connect(python, "broken=", GROUP)
    sockets.gone.add("gone=")
    sockets.broken.add("broken=")
    node.call("streams.set", *PLACE, "m1", {})
    node.call("streams.set", *PLACE, "m1", {})
    assert sockets.asked.count("gone=") == 1
    assert len(sockets.told["here="]) == 2
    rooms = python.clients().rooms
    assert rooms.connection("gone=") is None
    assert [client for client, _ in rooms.members(ITEM)] == []
    assert [record["msg"] for record in node.log] == ["Some subscribers were not told"] * 2
    assert (node.log[0]["failed"], node.log[0]["subscribers"]) == (1, 3)


def test_what_api_gateway_cannot_send_becomes_an_error_event(sockets: FakeSockets, cloud: Any, start: Start) -> None:
    connect(open_backend(cloud.environ), "c=", room("chat", LONG))
    node = start()
    node.call("streams.set", "chat", LONG, "m1", {"text": "x" * 128 * 1024})
    [refusal] = sockets.events("c=")
    assert refusal["event"]["data"]["code"] == "STREAM_MESSAGE_TOO_LARGE"
    assert node.log[0]["msg"] == "A message is too large for its subscribers"


def test_times_of_an_item_rise_whatever_clocks_say(cloud: Any, start: Start, python: AwsBackend) -> None:
    ahead, behind = start(CLOCK="4600000"), start(CLOCK="1000000")
    assert isinstance(python.streams, DynamoStreams)
    python.streams._clock = lambda: 1000.0
    ahead.call("streams.set", "chat", "room", "m", {"n": 1})
    behind.call("streams.set", "chat", "room", "m", {"n": 2})
    asyncio.run(python.streams.set("chat", "room", "m", {"n": 3}))
    behind.call("streams.set", "chat", "room", "m", {"text": "x" * INLINE_BYTES})
    behind.call("streams.set", "chat", "room", "m", {"n": 5})
    [row] = items(cloud, "MOTIA_STREAM_TABLE")
    assert row["at"]["N"] == "4600004"
    assert json.loads(row["value"]["S"])["n"] == 5
    assert cloud.objects() == []


def test_of_many_writers_at_once_one_creates_and_no_two_have_the_same_time(
    sockets: FakeSockets, cloud: Any, start: Start
) -> None:
    python = open_backend(cloud.environ)
    connect(python, "c=", ITEM)
    writers = [start(), start()]
    calls = [(writer, writer.begin("streams.set", *PLACE, "m1", {"n": n})) for n in range(10) for writer in writers]
    for writer, call in calls:
        writer.end(call)
    told = sorted(sockets.told["c="], key=lambda message: int(message["timestamp"]))
    assert len({message["timestamp"] for message in told}) == 20
    assert [message["event"]["type"] for message in told] == ["create"] + ["update"] * 19
    assert told[-1]["event"]["data"] == asyncio.run(python.streams.get(*PLACE, "m1"))


def test_a_lock_taken_in_one_language_is_taken_in_the_other(node: Program, python: AwsBackend, cloud: Any) -> None:
    assert node.call("locks.acquire", "a", 60) is True
    assert asyncio.run(python.locks.acquire("a", 60)) is False
    assert asyncio.run(python.locks.acquire("b", 60)) is True
    assert node.call("locks.acquire", "b", 60) is False
    node.call("locks.release", "a")
    assert asyncio.run(python.locks.acquire("a", 60)) is True
    for row in items(cloud, "MOTIA_LOCK_TABLE"):
        assert set(row) == {"name", "owner", "expires"}
    assert node.call("locks.acquire", "gone", -5) is True
    assert asyncio.run(python.locks.acquire("gone", 60)) is True


def message(data: Any, subscriber: str = "Work", fifo: bool = False, group: str | None = None) -> dict[str, Any]:
    made = {
        "subscriber": {"name": subscriber, "id": subscriber, "fifo": fifo},
        "topic": "order.created",
        "data": data,
        "traceId": "ABCDE-1234567",
        "flows": ["shop"],
        "dedupId": "",
    }
    return made if group is None else {**made, "groupId": group}


@pytest.mark.parametrize("data", [None, {"a": [1, "é", 1.5]}, "\u0000\ufffe\uffff\u007f\U0001f600"])
@pytest.mark.parametrize("group", [None, "tenant-1"])
def test_an_event_is_the_same_message_byte_for_byte(
    node: Program, python: AwsBackend, cloud: Any, data: Any, group: str | None
) -> None:
    url = cloud.queue("Work")
    asyncio.run(
        python.events.publish(
            [Message(Subscriber("Work", "Work"), "order.created", data, "ABCDE-1234567", ("shop",), group)]
        )
    )
    node.call("events.publish", [message(data, group=group)])
    ours, theirs = cloud.received(url)
    assert json.loads(ours["Body"]) == json.loads(theirs["Body"])
    assert ours["Attributes"].get("MessageGroupId") == theirs["Attributes"].get("MessageGroupId") == group
    if data != "\u0000\ufffe\uffff\u007f\U0001f600":  # Python escapes all of such a text, TypeScript what SQS refuses
        assert ours["Body"] == theirs["Body"]


def test_events_of_one_turn_share_batches_and_all_arrive(node: Program, cloud: Any) -> None:
    url = cloud.queue("Work")
    node.call("events.publish", [message(n) for n in range(23)])
    assert sorted(json.loads(m["Body"])["data"] for m in cloud.received(url)) == list(range(23))


def test_events_to_a_fifo_queue_keep_their_order(node: Program, cloud: Any) -> None:
    url = cloud.queue("Ordered", fifo=True)
    calls = [node.begin("events.publish", [message(n, "Ordered", True, f"g{n % 5}")]) for n in range(40)]
    for call in calls:
        node.end(call)
    received = [json.loads(m["Body"])["data"] for m in cloud.received(url)]
    assert sorted(received) == list(range(40))
    for group in range(5):
        assert [n for n in received if n % 5 == group] == list(range(group, 40, 5))


def test_data_too_large_for_sqs_travels_by_s3(node: Program, python: AwsBackend, cloud: Any) -> None:
    url = cloud.queue("Work")
    data = {"text": "é" * MAX_BYTES}
    node.call("events.publish", [message(data), message("small")])
    envelopes = [json.loads(m["Body"]) for m in cloud.received(url)]
    [large] = [envelope for envelope in envelopes if "s3" in envelope]
    assert list(large) == ["topic", "traceId", "flows", "s3"]
    assert cloud.objects("payloads/") == [large["s3"]["key"]]
    assert json.loads(asyncio.run(python.payloads.fetch(**large["s3"]))) == data
    assert json.loads(node.call("payloads.fetch", large["s3"]["bucket"], large["s3"]["key"])) == data
    assert len(envelopes) == 2


def test_a_queue_that_is_not_there_is_named_and_stops_no_other(node: Program, cloud: Any) -> None:
    url = cloud.queue("Other")
    with pytest.raises(NodeError, match=r"'order\.created' was not sent to Step 'Work'") as failed:
        node.call("events.publish", [message(1), message(2, "Other")])
    assert failed.value.name == "EmitError"
    assert len(cloud.received(url)) == 1
    cloud.queue("Work")
    node.call("events.publish", [message(1)])


def test_visibility_is_changed_by_queue_name(node: Program, cloud: Any) -> None:
    url, boto = cloud.queue("Work"), cloud.boto("sqs")
    node.call("events.publish", [message(1)])
    [held] = boto.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    node.call("queues.changeVisibility", url.rpartition("/")[2], held["ReceiptHandle"], 0)
    assert len(cloud.received(url)) == 1


def test_what_dynamodb_refuses_is_an_error_with_its_name(cloud: Any, start: Start) -> None:
    node = start(MOTIA_STATE_TABLE="none-such")
    with pytest.raises(NodeError, match="GetItem failed with ResourceNotFoundException") as failed:
        node.call("state.get", "g", "k")
    assert failed.value.name == "AwsError"


def test_an_environment_that_lacks_something_says_what(program: Path, cloud: Any) -> None:
    import subprocess

    from node_programs import NODE

    environ = {name: value for name, value in cloud.environ.items() if name != "MOTIA_LOCK_TABLE"}
    done = subprocess.run([NODE, str(program)], env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert "CloudError: MOTIA_LOCK_TABLE is not set; in environment of the function" in done.stderr
