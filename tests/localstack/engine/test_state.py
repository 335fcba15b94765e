"""State: the methods of the API reference, and what the Workbench asks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstack.engine.running import engine
from motia.errors import StateError
from motia_local.engine import StateFilter, StateItem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=25, deadline=None)
@given(values=st.lists(JSON, max_size=8))
def test_every_json_value_comes_back_as_it_went_in(values: list[Any]) -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for n, value in enumerate(values):
                assert await running.state.set("g", f"{n:03}", value) == value
            assert [await running.state.get("g", f"{n:03}") for n in range(len(values))] == values
            assert await running.state.get_group("g") == values

    asyncio.run(scenario())


def test_the_methods_return_what_the_reference_says() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            state = running.state
            assert await state.get("users", "1") is None
            assert await state.delete("users", "1") is None
            assert await state.get_group("users") == []
            assert await state.set("users", "1", {"name": "Alice"}) == {"name": "Alice"}
            assert await state.set("users", "1", {"name": "Bob"}) == {"name": "Bob"}
            for key, falsy in (("2", 0), ("3", ""), ("4", False), ("5", [])):
                await state.set("users", key, falsy)
            assert await state.get_group("users") == [{"name": "Bob"}, 0, "", False, []]
            assert await state.delete("users", "1") == {"name": "Bob"}
            assert await state.get("users", "1") is None
            await state.clear("users")
            assert await state.get_group("users") == []

    asyncio.run(scenario())


def test_groups_and_keys_are_what_they_are_and_no_patterns() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            names = ["a", "ab", "a:b", "a%", "a_", "a*", "A", "ä", "a'", "a\0b"]
            for name in names:
                await running.state.set(name, name, name)
            for name in names:
                assert await running.state.get_group(name) == [name]
                assert await running.state.keys(name) == [name]
            assert await running.state.groups() == sorted(names, key=str.encode)
            await running.state.clear("a")
            assert len(await running.state.groups()) == len(names) - 1

    asyncio.run(scenario())


def test_a_group_is_in_the_order_of_its_keys_bytes() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            keys = ["b", "a", "Z", "10", "9", "é", "z", "😀", "\uffff"]
            for key in keys:
                await running.state.set("g", key, key)
            assert await running.state.get_group("g") == sorted(keys, key=str.encode)

    asyncio.run(scenario())


def test_what_was_returned_is_the_callers_own() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            await running.state.set("g", "k", {"list": [1]})
            (await running.state.get("g", "k"))["list"].append(2)
            assert await running.state.get("g", "k") == {"list": [1]}

    asyncio.run(scenario())


def test_what_is_not_json_is_refused_and_changes_nothing() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            await running.state.set("g", "k", 1)
            for value in (float("nan"), float("inf"), object(), {1, 2}):
                with pytest.raises((ValueError, TypeError)):
                    await running.state.set("g", "k", value)
            assert await running.state.get("g", "k") == 1

    asyncio.run(scenario())


def test_items_have_their_places_and_types() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            values = {"a": "x", "b": 1.5, "c": True, "d": {}, "e": [], "f": None}
            for key, value in values.items():
                await running.state.set("g", key, value)
            await running.state.set("h", "a", 1)
            found = await running.state.items("g")
            types = ["string", "number", "boolean", "object", "array", "null"]
            assert found == [StateItem("g", k, t, v) for (k, v), t in zip(values.items(), types, strict=True)]
            assert len(await running.state.items()) == 7
            assert len(await running.state.items(limit=3)) == 3

    asyncio.run(scenario())


PEOPLE = {
    "1": {"name": "Alice", "age": 30, "tags": ["a", "b"], "active": True},
    "2": {"name": "Bob", "age": 9, "active": False},
    "3": {"name": "Alan", "age": None},
    "4": "no object",
}


@pytest.mark.parametrize(
    ("operation", "key", "value", "expected"),
    [
        ("eq", "name", "Bob", "2"),
        ("eq", "age", "30", "1"),
        ("eq", "active", "false", "2"),
        ("eq", "active", True, "1"),
        ("neq", "name", "Bob", "134"),
        ("gt", "age", 9, "1"),
        ("gt", "age", "10", "1"),
        ("gte", "age", "9", "12"),
        ("lt", "age", 30, "2"),
        ("lte", "name", "Alice", "13"),
        ("lt", "age", "x", ""),
        ("contains", "name", "li", "1"),
        ("contains", "tags", "b", "1"),
        ("notContains", "name", "Al", "24"),
        ("startsWith", "name", "Al", "13"),
        ("endsWith", "name", "b", "2"),
        ("isNull", "age", None, "34"),
        ("isNotNull", "age", None, "12"),
    ],
)
def test_items_can_be_filtered(operation: str, key: str, value: Any, expected: str) -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for name, person in PEOPLE.items():
                await running.state.set("people", name, person)
            found = await running.state.items("people", [StateFilter(key, operation, value)])
            assert "".join(item.key for item in found) == expected

    asyncio.run(scenario())


def test_all_filters_must_pass() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for name, person in PEOPLE.items():
                await running.state.set("people", name, person)
            filters = [StateFilter("name", "startsWith", "Al"), StateFilter("age", "isNotNull")]
            assert [item.key for item in await running.state.items(filters=filters)] == ["1"]

    asyncio.run(scenario())


def test_an_unknown_filter_operation_is_refused_with_those_there_are() -> None:
    with pytest.raises(StateError, match=r"'like'.*allowed: eq, neq, gt"):
        StateFilter("name", "like", "x")
