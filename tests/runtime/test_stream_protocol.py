"""The wire of live streams, without a wire."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia import stream_protocol as protocol
from motia.stream_protocol import Join, Leave, Refusal, Subscription, Timestamps, read, room

PLACE = {"streamName": "chat", "groupId": "room"}
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def frame(kind: Any = "join", **data: Any) -> str:
    return json.dumps({"type": kind, "data": {**PLACE, "subscriptionId": "s-1", **data}})


def test_a_join_of_a_group_and_of_an_item() -> None:
    assert read(frame()) == Join(Subscription("chat", "room", None, "s-1"))
    assert read(frame(id="7").encode()) == Join(Subscription("chat", "room", "7", "s-1"))


def test_a_leave_is_what_was_joined() -> None:
    assert read(frame("leave", id="7")) == Leave(Subscription("chat", "room", "7", "s-1"))


def test_null_is_as_if_it_were_not_there() -> None:
    assert read(frame(id=None)) == read(frame())


def test_a_join_without_a_subscription_id_is_left_without_one() -> None:
    said = {"streamName": "chat", "groupId": "room", "id": "7"}
    joined, left = (read(json.dumps({"type": kind, "data": said})) for kind in ("join", "leave"))
    assert isinstance(joined, Join) and isinstance(left, Leave)
    assert joined.subscription == left.subscription
    assert joined.subscription.key == room("chat", "room", "7")


def test_fields_that_are_not_known_do_not_matter() -> None:
    assert read(frame(extra={"a": 1})) == read(frame())


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("not json", "the message is not JSON"),
        (b"\xff\xfe\x00", "the message is not JSON"),
        ("[" * 100_000, "the message is not JSON"),
        ("[]", "the message is a list"),
        ("{}", "the type is None"),
        (frame("shout"), "the type is 'shout'"),
        (frame(["join"]), "the type is a list"),
        ('{"type": "join"}', "the data is None"),
        (frame(streamName=None), "the streamName is None"),
        (frame(groupId=""), "the groupId is empty"),
        (frame(groupId=7), "the groupId is an int"),
        (frame(id=[]), "the id is a list"),
        (frame(id="x" * 1025), "the id has 1025 bytes"),
        (frame(groupId="x" * 2044), "the groupId has 2044 bytes"),
        (frame(subscriptionId={}), "the subscriptionId is a dict"),
        (frame(groupId="\ud800"), "the groupId holds half of a surrogate pair"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(said: Any, wrong: str) -> None:
    refusal = read(said)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "STREAM_INVALID_MESSAGE"
    assert refusal.message.startswith(wrong)
    protocol.encode(protocol.error(1, refusal)).encode()


@given(st.one_of(st.text(), st.binary(), st.text(string.printable)))
def test_no_frame_makes_an_exception(said: Any) -> None:
    answer = read(said)
    assert isinstance(answer, Join | Leave | Refusal)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.sampled_from(["join", "leave"])),
        lambda inner: st.dictionaries(
            st.sampled_from(["type", "data", "streamName", "groupId", "id", "subscriptionId"]), inner
        ),
    )
)
def test_no_json_makes_an_exception(said: Any) -> None:
    answer = read(json.dumps(said))
    if isinstance(answer, Refusal):
        protocol.encode(protocol.error(1, answer)).encode()


@given(st.lists(st.one_of(st.tuples(names, names), st.tuples(names, names, names)), unique=True, max_size=8))
def test_no_two_rooms_have_one_name(places: list[tuple[str, ...]]) -> None:
    assert len({room(*place) for place in places}) == len(places)


def test_a_message_is_for_its_group_and_its_item() -> None:
    event = {"type": "create", "data": {"id": "1"}}
    of_item = protocol.message(1, "chat", "room", "1", event)
    of_group = protocol.message(1, "chat", "room", None, event)
    assert protocol.rooms_of(of_item) == (room("chat", "room"), room("chat", "room", "1"))
    assert protocol.rooms_of(of_group) == (room("chat", "room"),)
    assert Subscription("chat", "room", "1", "k").room in protocol.rooms_of(of_item)


def test_messages_have_the_keys_of_the_wire_in_their_order() -> None:
    item = Subscription("chat", "room", "1", "k")
    synced = protocol.encode(protocol.sync(5, item, {"id": "1", "text": "ü"}))
    assert synced == (
        '{"timestamp":5,"streamName":"chat","groupId":"room","id":"1",'
        '"event":{"type":"sync","data":{"id":"1","text":"ü"}}}'
    )
    group = Subscription("chat", "room", None, "k")
    assert list(protocol.sync(5, group, [])) == ["timestamp", "streamName", "groupId", "event"]


def test_a_refusal_is_an_error_event_with_the_place_that_was_asked_for() -> None:
    item = Subscription("chat", "room", "1", "k")
    told = protocol.error(5, protocol.refused(item, protocol.ACCESS_DENIED, "Access denied"))
    data = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}
    assert told["event"] == {"type": "event", "event": {"type": "error", "data": data}}
    assert (told["streamName"], told["groupId"], told["id"]) == ("chat", "room", "1")


def test_can_access_is_asked_about_the_group_and_the_item() -> None:
    assert Subscription("chat", "room", None, "k").for_access() == {"groupId": "room"}
    assert Subscription("chat", "room", "1", "k").for_access() == {"groupId": "room", "id": "1"}


@given(st.lists(st.floats(0, 4e9), min_size=1))
def test_timestamps_rise_strictly_whatever_the_clock_does(moments: list[float]) -> None:
    clock = iter(moments)
    timestamps = Timestamps(lambda: next(clock))
    given_out = [timestamps.next() for _ in moments]
    assert given_out == sorted(set(given_out))
    assert given_out[0] == max(int(moments[0] * 1000), 1)
