"""context.streams"""

from __future__ import annotations

from conformance.calling import calls, calls_of_event, special, unique, value
from conformance.sentences import contract, sentence, sentences
from parity.places import Place

HELLO = {"text": "Hello!", "author": "Alice", "timestamp": "2026-01-02T03:04:05"}
SET, GET, DELETE = "streams.chatMessages.set", "streams.chatMessages.get", "streams.chatMessages.delete"
GROUP = "streams.chatMessages.getGroup"


@sentence("streams", "`set` creates an item")
def test_set_creates(place: Place) -> None:
    room = unique()
    item = calls(place, (GET, room, "msg-456"), (SET, room, "msg-456", HELLO), (GET, room, "msg-456")).values[2]
    assert HELLO.items() <= item.items()


@sentence("streams", "`set` updates an item")
def test_set_updates(place: Place) -> None:
    room = unique()
    calls(place, (SET, room, "m", HELLO), (SET, room, "m", {"text": "Bye!", "author": "Bob"}))
    item = value(place, GET, room, "m")
    assert (item["text"], item["author"]) == ("Bye!", "Bob")
    assert "timestamp" not in item
    assert len(value(place, GROUP, room)) == 1


@sentence("streams", "`set` returns the full item with metadata")
def test_set_returns_the_item(place: Place) -> None:
    room = unique()
    item = value(place, SET, room, "msg-456", HELLO)
    assert HELLO.items() <= item.items()
    assert item["id"] == "msg-456"
    mark = {"type": "state-stream", "streamName": "chatMessages", "groupId": room, "id": "msg-456"}
    assert item["__motia"] == mark


@sentence("streams", contract("the id of an item is the one it is stored under, whatever the data says"))
def test_the_id_is_the_one_given(place: Place) -> None:
    room = unique()
    assert value(place, SET, room, "real", {**HELLO, "id": "other"})["id"] == "real"
    assert value(place, GET, room, "real")["id"] == "real"


@sentence("streams", "`get` returns an item with its id")
def test_get_returns_the_item(place: Place) -> None:
    room = unique()
    item = calls(place, (SET, room, "a", HELLO), (GET, room, "a")).values[1]
    assert item["id"] == "a"
    assert HELLO.items() <= item.items()


@sentence("streams", "`get` returns None for what is not there")
def test_get_of_nothing(place: Place) -> None:
    room = unique()
    assert calls(place, (SET, room, "a", HELLO), (GET, room, "b"), (GET, unique(), "a")).values[1:] == [None, None]


@sentence("streams", "`getGroup` returns all items of the group")
def test_get_group(place: Place) -> None:
    room = unique()
    made = calls(place, (SET, room, "b", HELLO), (SET, room, "a", HELLO), (SET, unique(), "c", HELLO), (GROUP, room))
    assert sorted(item["id"] for item in made.values[3]) == ["a", "b"]


@sentence("streams", contract("`getGroup` begins with the oldest item"))
def test_get_group_is_in_order(place: Place) -> None:
    room = unique()
    for key in ("c", "a", "b"):
        value(place, SET, room, key, HELLO)
    assert [item["id"] for item in value(place, GROUP, room)] == ["c", "a", "b"]


@sentence("streams", contract("`getGroup` of a group that is not there is an empty list"))
def test_get_group_of_nothing(place: Place) -> None:
    assert value(place, GROUP, unique()) == []


@sentence("streams", contract("`get_group` is `getGroup`"))
def test_get_group_in_snake_case(place: Place) -> None:
    room = unique()
    made = calls(place, (SET, room, "a", HELLO), ("streams.chatMessages.get_group", room))
    assert [item["id"] for item in made.values[1]] == ["a"]


@sentence("streams", "`delete` removes an item")
def test_delete(place: Place) -> None:
    room = unique()
    made = calls(place, (SET, room, "a", HELLO), (SET, room, "b", HELLO), (DELETE, room, "a"), (GET, room, "a"))
    assert made.values[3] is None
    assert [item["id"] for item in value(place, GROUP, room)] == ["b"]


@sentence("streams", contract("`delete` returns the item it removes"))
def test_delete_returns_the_item(place: Place) -> None:
    room = unique()
    removed = calls(place, (SET, room, "a", HELLO), (DELETE, room, "a")).values[1]
    assert removed["id"] == "a"
    assert removed["text"] == "Hello!"


@sentence("streams", contract("`delete` returns None for what is not there"))
def test_delete_of_nothing(place: Place) -> None:
    assert value(place, DELETE, unique(), "missing") is None


@sentence("streams", "`send` takes a channel and an event, and returns nothing")
def test_send(place: Place) -> None:
    event = {"type": "user.typing", "data": {"user_id": "alice"}}
    assert value(place, "streams.chatMessages.send", {"groupId": unique()}, event) is None


@sentence("streams", "`send` creates no item")
def test_send_keeps_nothing(place: Place) -> None:
    room = unique()
    event = {"type": "user.typing", "data": {"user_id": "alice"}}
    made = calls(place, ("streams.chatMessages.send", {"groupId": room, "id": "a"}, event), (GROUP, room))
    assert made.values == [None, []]


@sentences(
    "streams",
    "made",
    {
        "`send` needs a group": ("streams.chatMessages.send", {"id": "a"}, {"type": "x"}),
        "`send` needs a type": ("streams.chatMessages.send", {"groupId": "a"}, {"data": 1}),
        "the data of an item is an object": (SET, "refused", "a", [1]),
        contract("NaN is refused, and nothing falls over"): (SET, "refused", "a", {"x": special("nan")}),
    },
)
def test_what_is_refused(place: Place, made: tuple[object, ...]) -> None:
    assert calls(place, made).errors[0].startswith("StreamError: ")
    assert value(place, GROUP, "refused") == []


@sentence("streams", "items are shared by all Steps")
def test_items_are_shared(place: Place) -> None:
    room = unique()
    value(place, SET, room, "a", HELLO)
    _, event = calls_of_event(place, (GET, room, "a"), (SET, room, "b", HELLO))
    assert event.values[0]["text"] == "Hello!"
    assert value(place, GET, room, "b")["text"] == "Hello!"


@sentence("streams", contract("`streams` may be indexed by name"))
def test_a_stream_by_name(place: Place) -> None:
    room = unique()
    made = calls(place, ("streams.audit-log.set", room, "a", {"x": 1}), ("streams.audit-log.get", room, "a"))
    assert made.values[1]["x"] == 1


@sentence("Stream configuration", "`name` is the attribute of `context.streams`")
def test_the_name_is_the_attribute(place: Place) -> None:
    item = value(place, SET, unique(), "a", HELLO)
    assert item["__motia"]["streamName"] == "chatMessages"


@sentence("Stream configuration", contract("a stream that is not declared is an error that names those that are"))
def test_an_unknown_stream(place: Place) -> None:
    made = calls(place, ("streams.nothing.get", "a", "b"))
    assert "nothing" in made.errors[0]
    assert "chatMessages" in made.errors[0]


@sentence("Stream configuration", contract("data is not validated against `schema`"))
def test_data_is_not_validated(place: Place) -> None:
    assert value(place, SET, unique(), "a", {"unlike": "the schema"})["unlike"] == "the schema"


@sentence("Stream configuration", "streams have a group of their own: two streams share no items")
def test_two_streams_share_nothing(place: Place) -> None:
    room = unique()
    made = calls(place, (SET, room, "a", HELLO), ("streams.audit-log.get", room, "a"))
    assert made.values[1] is None
