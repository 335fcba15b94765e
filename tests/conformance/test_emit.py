"""context.emit, and what becomes of an event."""

from __future__ import annotations

import json
from typing import Any

from conformance.calling import calls, calls_of_event, emit, special, stored, unique, value
from conformance.sentences import contract, sentence, sentences
from parity.places import Place
from waiting import eventually


def heard(place: Place, id: str, how_many: int) -> list[dict[str, Any]]:
    """What the subscribers of news have noted, when so many have."""
    return eventually(
        lambda: len(found := value(place, "state.get_group", f"heard-{id}")) >= how_many and found, within_s=30
    )


def refusal(place: Place, event: Any, path: str = "/calls") -> str:
    return calls(place, ("emit", event), path=path).errors[0]


@sentence("emit", "an emitted event triggers the Step that subscribes to its topic, with its data")
def test_an_event_reaches_its_subscriber(place: Place) -> None:
    data = {"id": unique(), "text": "überall 😀", "items": [1, 2.5, None, {"deep": True}]}
    emit(place, "other.news", data)
    assert [(one["by"], one["data"]) for one in heard(place, data["id"], 1)] == [("NewsReader", data)]


@sentence("emit", contract("`emit` returns None"))
def test_emit_returns_nothing(place: Place) -> None:
    assert calls(place, ("emit", {"topic": "nobody", "data": {}})).values == [None]


@sentence("EventConfig", "every Step that subscribes to a topic gets its events")
def test_all_subscribers_get_the_event(place: Place) -> None:
    id = unique()
    emit(place, "news", {"id": id})
    assert sorted(one["by"] for one in heard(place, id, 2)) == ["News Archive (2)", "NewsReader"]


@sentence("EventConfig", "a Step may subscribe to several topics")
def test_a_step_of_two_topics(place: Place) -> None:
    first, second = unique(), unique()
    emit(place, "news", {"id": first})
    emit(place, "other.news", {"id": second})
    assert "NewsReader" in {one["by"] for one in heard(place, first, 2)}
    assert heard(place, second, 1)[0]["by"] == "NewsReader"


@sentence("Emit types", "label and conditional do not affect execution")
def test_a_labelled_topic_is_emitted_as_any(place: Place) -> None:
    id = unique()
    emit(place, "labelled", {"id": id})
    assert heard(place, id, 1)[0]["by"] == "News Archive (2)"


@sentences(
    "ApiRouteConfig",
    "topic",
    {
        "a Step emits the topics in its `emits`, no others": "work.undeclared",
        "topics in `virtualEmits` are not emitted": "notification.sent",
    },
)
def test_an_undeclared_topic(place: Place, topic: str) -> None:
    text = refusal(place, {"topic": topic, "data": {}})
    assert text.startswith("EmitError: ")
    assert topic in text
    assert "Calls" in text


@sentence("ApiRouteConfig", "with an empty `emits` a Step emits nothing")
def test_nothing_may_be_emitted(place: Place) -> None:
    assert refusal(place, {"topic": "news", "data": {}}, path="/closed").startswith("EmitError: ")


@sentence("emit", contract("an event without a subscriber is accepted and goes nowhere"))
def test_a_topic_of_nobody(place: Place) -> None:
    assert emit(place, "nobody", {"a": 1}).values == [None]


@sentences(
    "emit",
    "event",
    {
        "an event has a topic": {"data": {}},
        "a topic is text": {"topic": 5, "data": {}},
        contract("NaN in the data is refused, and nothing falls over"): {"topic": "nobody", "data": [special("nan")]},
        contract("infinity in the data is refused"): {"topic": "nobody", "data": [special("infinity")]},
        contract("what has no JSON form is refused"): {"topic": "nobody", "data": special("object")},
    },
)
def test_what_is_refused(place: Place, event: Any) -> None:
    assert refusal(place, event).startswith("EmitError: ")


@sentence("emit", contract("the data may be left out, and is None then"))
def test_an_event_without_data(place: Place) -> None:
    calls(place, ("state.delete", "typed", "null"), ("emit", {"topic": "typed"}))
    assert stored(place, "typed", "null") == {"data": None, "kind": "NoneType"}


@sentence("emit", "a FIFO subscriber needs `messageGroupId`")
def test_a_fifo_subscriber_needs_a_group(place: Place) -> None:
    text = refusal(place, {"topic": "ordered", "data": {"group": "none", "n": 0}})
    assert text.startswith("EmitError: ")
    assert "messageGroupId" in text
    assert "ordered" in text


@sentence("emit", "messages with the same `messageGroupId` are processed one after another, in order")
def test_a_group_is_in_order(place: Place) -> None:
    group = unique()
    events = [
        ("emit", {"topic": "ordered", "data": {"group": group, "n": n}, "messageGroupId": group}) for n in range(12)
    ]
    calls(place, *events)
    eventually(lambda: len(value(place, "state.get", "order", group) or []) == 12, within_s=40)
    assert value(place, "state.get", "order", group) == list(range(12))


@sentence("emit", contract("a message that fails is tried again before the next of its group"))
def test_a_group_waits_for_a_retry(place: Place) -> None:
    group = unique()
    for n in range(3):
        emit(place, "ordered", {"group": group, "n": n, "fails": n == 0}, messageGroupId=group)
    eventually(lambda: len(value(place, "state.get", "order", group) or []) == 3, within_s=40)
    assert value(place, "state.get", "order", group) == [0, 1, 2]


@sentence(
    "emit",
    "different groups are processed in parallel",
    absent={"emulator": "The emulator runs the groups of a FIFO queue one after another; AWS runs them in parallel."},
)
def test_groups_are_beside_each_other(place: Place) -> None:
    waiting, other = unique(), unique()
    emit(place, "ordered", {"group": waiting, "n": 1, "after": other}, messageGroupId=waiting)
    emit(place, "ordered", {"group": other, "n": 2}, messageGroupId=other)
    assert stored(place, "order", waiting) == [1]


@sentence("emit", contract("a standard subscriber takes events with `messageGroupId`, and drops none of a group"))
def test_a_group_for_a_standard_queue(place: Place) -> None:
    ids = [unique() for _ in range(4)]
    for id in ids:
        emit(place, "other.news", {"id": id}, messageGroupId="one-group:with/punctuation")
    for id in ids:
        assert heard(place, id, 1)


@sentence("emit", "the data need not match the `input` schema to be delivered; it arrives as it is")
def test_data_unlike_the_schema(place: Place) -> None:
    id = unique()
    emit(place, "typed", {"id": id, "n": "not a number", "extra": True})
    assert stored(place, "typed", id) == {"data": {"id": id, "n": "not a number", "extra": True}, "kind": "dict"}


@sentences(
    "EventConfig",
    "data, kind",
    {
        contract("an event's data may be text"): ("text-1", "str"),
        contract("an event's data may be a list"): ([1, "two"], "list"),
        contract("an event's data may be a number"): (7.5, "float"),
    },
)
def test_data_of_any_kind(place: Place, data: Any, kind: str) -> None:
    key = json.dumps(data, separators=(",", ":"))
    calls(place, ("state.delete", "typed", key), ("emit", {"topic": "typed", "data": data}))
    assert stored(place, "typed", key) == {"data": data, "kind": kind}


@sentence("Event Step handler", "the handler gets the event's data and a context")
def test_an_event_handler_gets_data_and_context(place: Place) -> None:
    id = unique()
    emit(place, "other.news", {"id": id, "order_id": "123"})
    assert heard(place, id, 1)[0]["data"] == {"id": id, "order_id": "123"}


@sentence("Event Step handler", "what the handler returns means nothing")
def test_the_return_value_of_an_event_handler(place: Place) -> None:
    _, event = calls_of_event(place, ("state.set", "returned", "k", 1))
    assert event.values == [1]


@sentence("Event Step handler", "the context has state, streams and emit")
def test_the_context_of_an_event_handler(place: Place) -> None:
    id, room = unique(), unique()
    _, event = calls_of_event(
        place,
        ("state.set", "orders", id, {"status": "processed"}),
        ("streams.chatMessages.set", room, "m", {"text": "a", "author": "b"}),
        ("emit", {"topic": "news", "data": {"id": id}}),
        ("trace_id",),
    )
    assert event.values[0] == {"status": "processed"}
    assert event.values[3] == event.trace
    assert heard(place, id, 2)


@sentence("Event Step handler", contract("a handler may be a plain function"))
def test_a_plain_function(place: Place) -> None:
    id = unique()
    emit(place, "typed", {"id": id, "n": 1})
    assert stored(place, "typed", id)["data"] == {"id": id, "n": 1}


@sentence("Event Step handler", contract("`context.flows` is of the Step's own config, whoever emitted"))
def test_the_flows_of_an_event_handler(place: Place) -> None:
    id = unique()
    emit(place, "news", {"id": id})
    assert {one["by"]: one["flows"] for one in heard(place, id, 2)} == {
        "NewsReader": ["reading"],
        "News Archive (2)": [],
    }


@sentence("Infrastructure", "`queue.maxRetries`: a failing event is tried again so often, then it is a dead letter")
def test_attempts_and_dead_letters(place: Place) -> None:
    data = {"id": unique(), "failures": 99}
    emit(place, "retried", data)
    eventually(lambda: data in place.dead_letters("Retried"), within_s=40)
    assert len(value(place, "state.get", "attempts", data["id"])) == 3


@sentence("Infrastructure", "an event that is done at its second attempt is not tried again")
def test_a_retry_that_succeeds(place: Place) -> None:
    data = {"id": unique(), "failures": 1}
    emit(place, "retried", data)
    eventually(lambda: len(value(place, "state.get", "attempts", data["id"]) or []) == 2)
    # Whatever came in between is done as well: a third attempt would be there.
    emit(place, "retried", {"id": (later := unique()), "failures": 1})
    eventually(lambda: len(value(place, "state.get", "attempts", later) or []) == 2)
    assert len(value(place, "state.get", "attempts", data["id"])) == 2
    assert data not in place.dead_letters("Retried")


@sentence("Infrastructure", contract("two seconds pass before the next attempt"))
def test_the_pause_between_attempts(place: Place) -> None:
    id = unique()
    emit(place, "retried", {"id": id, "failures": 1})
    eventually(lambda: len(value(place, "state.get", "attempts", id) or []) == 2)
    first, second = (attempt["at"] for attempt in value(place, "state.get", "attempts", id))
    assert 1.9 <= second - first < 10


@sentence("Infrastructure", "`queue.maxRetries` of 0: one attempt")
def test_no_retries(place: Place) -> None:
    data = {"id": unique()}
    emit(place, "refused", data)
    eventually(lambda: data in place.dead_letters("Refused"), within_s=40)
    assert value(place, "state.get", "attempts", data["id"]) == 1


@sentence("Infrastructure", contract("a handler that ends its process is a failed attempt like any other"))
def test_an_exit_is_a_failure(place: Place) -> None:
    data = {"id": unique(), "exit": True}
    emit(place, "refused", data)
    eventually(lambda: data in place.dead_letters("Refused"), within_s=40)
    assert value(place, "state.get", "attempts", data["id"]) == 1


@sentence("Infrastructure", "`queue.delaySeconds`: the event becomes visible so much later")
def test_a_delay(place: Place) -> None:
    import time

    id = unique()
    emit(place, "late", {"id": id, "sent": time.time()})
    assert 1.9 <= stored(place, "late", id) < 20


@sentence("Infrastructure", "`handler.timeout`: a handler that takes longer is ended, and the event tried again")
def test_a_timeout(place: Place) -> None:
    id = unique()
    emit(place, "slow", {"id": id})
    assert stored(place, "slow", id) == "ended"
    attempts = value(place, "state.get", "attempts", id)
    assert len(attempts) == 2
    assert attempts[1] - attempts[0] >= 1


@sentence(
    "Infrastructure",
    "`queue.visibilityTimeout`: after a timeout the event comes back when it has passed",
    absent=dict.fromkeys(("dev", "start"), "The local servers try again 2 s after a timeout, as after any failure."),
)
def test_the_visibility_timeout(place: Place) -> None:
    id = unique()
    emit(place, "slow", {"id": id})
    assert stored(place, "slow", id) == "ended"
    first, second = value(place, "state.get", "attempts", id)
    # The first attempt notes the time when it has started; a retry after a failure would come 2 s after the 1 s.
    assert 3.1 <= second - first < 15


@sentence("traceId", "an event's Step has the trace id of the Step that emitted")
def test_the_trace_of_an_event(place: Place) -> None:
    emitted, event = calls_of_event(place, ("trace_id",))
    assert event.values == [emitted.trace]


@sentence("traceId", "the trace id goes through all Steps of a workflow")
def test_the_trace_of_a_chain(place: Place) -> None:
    id = unique()
    emitted, _ = calls_of_event(place, ("emit", {"topic": "news", "data": {"id": id}}))
    assert {one["trace"] for one in heard(place, id, 2)} == {emitted.trace}


@sentence("traceId", contract("an event that is tried again keeps its trace id"))
def test_the_trace_of_a_retry(place: Place) -> None:
    id = unique()
    emitted = emit(place, "retried", {"id": id, "failures": 1})
    eventually(lambda: len(value(place, "state.get", "attempts", id) or []) == 2)
    assert {attempt["trace"] for attempt in value(place, "state.get", "attempts", id)} == {emitted.trace}


@sentence("traceId", "every request has a trace id of its own")
def test_traces_are_unique(place: Place) -> None:
    traces = [calls(place, ("trace_id",)).values[0] for _ in range(5)]
    assert len(set(traces)) == 5


@sentence("traceId", contract("a trace id is five letters or digits, a dash and seven digits"))
def test_the_form_of_a_trace_id(place: Place) -> None:
    import re

    assert re.fullmatch(r"[A-HJKMNP-Z1-9]{5}-\d{7}", calls(place, ("trace_id",)).trace)


@sentence("traceId", contract("a client cannot set the trace id"))
def test_a_client_cannot_set_it(place: Place) -> None:
    sent = {"x-trace-id": "AAAAA-1111111", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    answer = place.call("POST", "/calls", {"calls": []}, sent)
    assert answer.json()["trace"] not in ("AAAAA-1111111", sent["traceparent"])
