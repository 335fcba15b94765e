"""`context.emit`: who gets an event, and which events are refused."""

import asyncio
from typing import Any

import pytest

from motia.backend import Message, Subscriber
from motia.calls import Calls
from motia.descriptor import StepDescriptor
from motia.emit import Emitter
from motia.errors import EmitError
from motia.memory import MemoryEvents, MemoryTrace

STEP = StepDescriptor(
    id="orders", name="Create Order", type="api", file="steps/orders_step.py", flows=("shop",),
    emits=("order.created", "order.paid", "nobody"),
)  # fmt: skip
ONE, TWO = Subscriber("Ship It", "ship-it"), Subscriber("Bill", "bill")
FIFO = Subscriber("Ledger", "ledger", fifo=True)
TOPICS = {"order.created": (ONE, TWO), "order.paid": (ONE, FIFO)}


def emit(*events: Any, step: StepDescriptor = STEP, trace: MemoryTrace | None = None) -> list[Message]:
    sink = MemoryEvents()

    async def main() -> None:
        emitter = Emitter(step, TOPICS, "TRACE-0000001", sink, Calls(), trace or MemoryTrace())
        for event in events:
            assert await emitter(event) is None

    asyncio.run(main())
    return sink.messages


def test_every_subscriber_of_the_topic_gets_the_event() -> None:
    first, second = emit({"topic": "order.created", "data": {"id": 1}})
    assert (first.subscriber, second.subscriber) == (ONE, TWO)
    for message in (first, second):
        assert (message.topic, message.data) == ("order.created", {"id": 1})
        assert (message.trace_id, message.flows, message.group_id) == ("TRACE-0000001", ("shop",), None)


def test_equal_events_are_told_apart_by_their_ids() -> None:
    event = {"topic": "order.paid", "data": 1, "messageGroupId": "customer-1"}
    ids = [message.dedup_id for message in emit(event, event)]
    assert len(set(ids)) == 2
    assert all(ids)


def test_a_message_group_goes_to_every_kind_of_queue() -> None:
    messages = emit({"topic": "order.paid", "data": 1, "messageGroupId": "customer-1"})
    assert [(message.subscriber, message.group_id) for message in messages] == [
        (ONE, "customer-1"),
        (FIFO, "customer-1"),
    ]


def test_a_topic_nobody_subscribes_is_accepted() -> None:
    assert emit({"topic": "nobody", "data": 1}) == []


@pytest.mark.parametrize("data", [None, 0, "text", [1], {"a": None}, {}])
def test_any_json_is_data(data: Any) -> None:
    assert emit({"topic": "order.created", "data": data})[0].data == data


def test_missing_data_is_none() -> None:
    assert emit({"topic": "order.created"})[0].data is None


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("order.created", ["emit got 'order.created'"]),
        ({"data": 1}, ["emit got {'data': 1}"]),
        ({"topic": 5}, ["emit got {'topic': 5}"]),
        ({"topic": ""}, ["emit got"]),
        (
            {"topic": "order.lost"},
            ["'order.lost' is not declared", "'Create Order'", "steps/orders_step.py", "order.created, order.paid"],
        ),
        ({"topic": "order.paid", "data": 1}, ["'order.paid' has a FIFO subscriber, 'Ledger'", "messageGroupId"]),
        ({"topic": "order.paid", "messageGroupId": ""}, ["the messageGroupId is ''"]),
        ({"topic": "order.paid", "messageGroupId": 5}, ["the messageGroupId is an int", "a str of 1 to 128"]),
        ({"topic": "order.created", "messageGroupId": "a b"}, ["the messageGroupId is 'a b'"]),
        ({"topic": "order.created", "messageGroupId": "x" * 129}, ["1 to 128"]),
        ({"topic": "order.created", "messageGroupId": "ü"}, ["ASCII"]),
        ({"topic": "order.created", "data": {"a": [{}, {"b": float("nan")}]}}, ["data.a[1].b is not JSON"]),
        ({"topic": "order.created", "data": float("nan")}, ["data is not JSON", "topic 'order.created'"]),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_and_goes_to_nobody(event: Any, said: list[str]) -> None:
    trace = MemoryTrace()
    with pytest.raises(EmitError) as refused:
        emit(event, trace=trace)
    for part in said:
        assert part in str(refused.value)
    assert [entry["success"] for entry in trace.events] == [False]


def test_a_step_without_emits_may_emit_nothing() -> None:
    with pytest.raises(EmitError, match="no topic: `emits` is empty"):
        emit({"topic": "order.created"}, step=StepDescriptor(id="a", name="A", type="api", file="a_step.py"))


def test_every_punctuation_character_may_be_in_a_group() -> None:
    group = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~aZ09"
    assert emit({"topic": "order.paid", "messageGroupId": group})[0].group_id == group


def test_an_emit_is_traced() -> None:
    trace = MemoryTrace()
    emit({"topic": "order.created", "data": {"a": 1}}, trace=trace)
    event = trace.events[0]
    assert isinstance(event.pop("timestamp"), int)
    assert event == {"type": "emit", "topic": "order.created", "success": True, "data": {"a": 1}}
