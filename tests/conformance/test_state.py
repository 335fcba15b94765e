"""context.state"""

from __future__ import annotations

from typing import Any

from conformance.calling import calls, calls_of_event, special, unique, value
from conformance.sentences import contract, sentence, sentences
from parity.places import Place

ALICE = {"name": "Alice", "email": "alice@example.com"}


@sentence("state", "`set` stores a value that `get` returns")
def test_set_then_get(place: Place) -> None:
    users = unique()
    made = calls(place, ("state.set", users, "user-123", ALICE), ("state.get", users, "user-123"))
    assert made.values[1] == ALICE


@sentence("state", "values are kept from one call of a Step to the next")
def test_values_are_kept(place: Place) -> None:
    users = unique()
    value(place, "state.set", users, "user-123", ALICE)
    assert value(place, "state.get", users, "user-123") == ALICE


@sentence("state", "values are shared by all Steps")
def test_values_are_shared(place: Place) -> None:
    users = unique()
    value(place, "state.set", users, "user-123", ALICE)
    _, event = calls_of_event(place, ("state.get", users, "user-123"), ("state.set", users, "user-456", "Bob"))
    assert event.values[0] == ALICE
    assert value(place, "state.get", users, "user-456") == "Bob"


@sentence("state", "`get` returns None for what is not there")
def test_get_of_nothing(place: Place) -> None:
    users = unique()
    value(place, "state.set", users, "there", 1)
    assert calls(place, ("state.get", users, "missing"), ("state.get", unique(), "there")).values == [None, None]


@sentence("state", "`set` returns the value")
def test_set_returns_the_value(place: Place) -> None:
    assert value(place, "state.set", unique(), "user-123", ALICE) == ALICE


@sentence("state", "`set` replaces the value before")
def test_set_replaces(place: Place) -> None:
    users = unique()
    made = calls(
        place, ("state.set", users, "a", ALICE), ("state.set", users, "a", {"x": 1}), ("state.get", users, "a")
    )
    assert made.values[2] == {"x": 1}


@sentence("state", "`delete` removes the value")
def test_delete_removes(place: Place) -> None:
    users = unique()
    made = calls(place, ("state.set", users, "a", 1), ("state.delete", users, "a"), ("state.get", users, "a"))
    assert made.values[2] is None


@sentence("state", "`delete` returns the value it removes")
def test_delete_returns_the_value(place: Place) -> None:
    users = unique()
    assert calls(place, ("state.set", users, "a", ALICE), ("state.delete", users, "a")).values[1] == ALICE


@sentence("state", "`delete` returns None for what is not there")
def test_delete_of_nothing(place: Place) -> None:
    assert value(place, "state.delete", unique(), "missing") is None


@sentence("state", "`delete` leaves the rest of the group")
def test_delete_leaves_the_rest(place: Place) -> None:
    users = unique()
    made = calls(
        place,
        ("state.set", users, "a", 1),
        ("state.set", users, "b", 2),
        ("state.delete", users, "a"),
        ("state.get_group", users),
    )
    assert made.values[3] == [2]


@sentence("state", "`get_group` returns a list of all values of the group")
def test_get_group(place: Place) -> None:
    users = unique()
    made = calls(
        place,
        ("state.set", users, "a", ALICE),
        ("state.set", users, "b", 5),
        ("state.set", users, "c", [1]),
        ("state.get_group", users),
    )
    assert made.results[3]["kind"] == "list"
    assert sorted(map(str, made.values[3])) == sorted(map(str, [ALICE, 5, [1]]))


@sentence("state", "`getGroup` is `get_group`")
def test_get_group_in_camel_case(place: Place) -> None:
    users = unique()
    assert calls(place, ("state.set", users, "a", 1), ("state.getGroup", users)).values[1] == [1]


@sentence("state", contract("`get_group` of a group that is not there is an empty list"))
def test_get_group_of_nothing(place: Place) -> None:
    assert value(place, "state.get_group", unique()) == []


@sentence("state", contract("a group is not another whose name begins with its"))
def test_groups_are_told_apart(place: Place) -> None:
    users = unique()
    made = calls(
        place,
        ("state.set", f"{users}2", "a", 1),
        ("state.set", f"{users}:x", "a", 2),
        ("state.get_group", users),
        ("state.clear", users),
        ("state.get", f"{users}2", "a"),
    )
    assert made.values[2] == []
    assert made.values[4] == 1


@sentence("state", "`clear` removes all values of the group")
def test_clear(place: Place) -> None:
    users, others = unique(), unique()
    made = calls(
        place,
        ("state.set", users, "a", 1),
        ("state.set", users, "b", 2),
        ("state.set", others, "a", 3),
        ("state.clear", users),
        ("state.get_group", users),
        ("state.get_group", others),
    )
    assert made.values[3:] == [None, [], [3]]


@sentences(
    "state",
    "kept",
    {
        "a value may be a dictionary": {"a": {"b": [1, None, {"deep": True}]}},
        "a dictionary with the key `data` comes back unchanged": {"data": {"x": 1}},
        contract("a value may be a list"): [1, "two", None],
        contract("a value may be text"): "überall 😀 \u0000 end",
        contract("a value may be empty text"): "",
        contract("a value may be a whole number"): 2**53 - 1,
        contract("a value may be 0"): 0,
        contract("a value may be a fraction"): 0.1,
        contract("a value may be true"): True,
        contract("a value may be false"): False,
    },
)
def test_what_a_value_may_be(place: Place, kept: Any) -> None:
    group = unique()
    made = calls(place, ("state.set", group, "k", kept), ("state.get", group, "k"), ("state.delete", group, "k"))
    assert made.values == [kept, kept, kept]
    assert [type(one) for one in made.values] == [type(kept)] * 3


@sentences(
    "state",
    "made",
    {
        contract("NaN is refused, and nothing falls over"): ("state.set", "refused", "k", {"a": [1, special("nan")]}),
        "a key is text": ("state.get", "refused", 5),
        "a group is text": ("state.get", None, "k"),
    },
)
def test_what_is_refused(place: Place, made: Any) -> None:
    assert calls(place, made).errors[0].startswith("StateError: ")
    assert value(place, "state.get", "refused", "k") is None


@sentence("state", contract("groups and keys may have any characters"))
def test_names_of_any_characters(place: Place) -> None:
    group, key = f"{unique()} / ключ:*?[", "clé 😀 : # /"
    made = calls(place, ("state.set", group, key, 1), ("state.get", group, key), ("state.get_group", group))
    assert made.values == [1, 1, [1]]
