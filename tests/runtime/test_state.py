"""`context.state`: what a Step may store, and under which names."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from motia.calls import Calls
from motia.errors import StateError
from motia.memory import MemoryState, MemoryTrace
from motia.state import State


def run(scenario: Callable[[State], Awaitable[Any]], trace: MemoryTrace | None = None) -> Any:
    async def main() -> Any:
        return await scenario(State(MemoryState(), Calls(), trace or MemoryTrace()))

    return asyncio.run(main())


def test_it_keeps_returns_and_removes_values() -> None:
    async def scenario(state: State) -> None:
        assert await state.get("users", "ada") is None
        assert await state.set("users", "ada", {"born": date(1815, 12, 10)}) == {"born": "1815-12-10"}
        assert await state.get("users", "ada") == {"born": "1815-12-10"}
        await state.set("users", "aaron", 1)
        await state.set("users2", "bob", 2)
        assert await state.get_group("users") == [1, {"born": "1815-12-10"}]
        assert await state.getGroup("use") == []
        assert await state.delete("users", "ada") == {"born": "1815-12-10"}
        assert await state.delete("users", "ada") is None
        await state.clear("users")
        assert await state.get_group("users") == []

    run(scenario)


@pytest.mark.parametrize("value", [0, "", False, None, [], {}, 0.5, "text", 2**60])
def test_any_json_value_is_kept(value: Any) -> None:
    async def scenario(state: State) -> Any:
        await state.set("g", "k", value)
        return await state.get("g", "k")

    assert run(scenario) == value


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda state: state.get("", "k"), "the group is empty; in state.get"),
        (lambda state: state.get("g", ""), "the key is empty; in state.get"),
        (lambda state: state.set("g", 5, 1), "the key is an int; in state.set; allowed: a str"),
        (lambda state: state.delete(None, "k"), "the group is None"),
        (lambda state: state.set("g", "ü" * 513, 1), "the key has 1026 bytes"),
        (lambda state: state.get_group("g" * 2049), "the group has 2049 bytes"),
        (lambda state: state.clear("\ud800"), "half of a surrogate pair"),
        (lambda state: state.set("g", "k", {"a": [1.0, float("nan")]}), "value.a[1] is not JSON: nan"),
        (lambda state: state.set("g", "k", {"a": float("nan")}), "number; in state.set, group 'g', key 'k'; allowed"),
        (lambda state: state.set("g", "k", {"a": "\ud800"}), "pair; in state.set, group 'g', key 'k'; allowed"),
    ],
)
def test_bad_names_and_values_are_refused(call: Callable[[State], Awaitable[Any]], what: str) -> None:
    async def scenario(state: State) -> None:
        await call(state)

    with pytest.raises(StateError) as refused:
        run(scenario)
    assert what in str(refused.value)


@pytest.mark.parametrize(("group", "key"), [("g" * 2048, "k" * 1024), ("a:b#c/d", "ключ / 😀"), (" ", "\n")])
def test_any_other_text_is_a_name(group: str, key: str) -> None:
    async def scenario(state: State) -> Any:
        await state.set(group, key, 1)
        return await state.get(group, key)

    assert run(scenario) == 1


def test_every_call_is_traced() -> None:
    async def scenario(state: State) -> None:
        await state.set("g", "k", 1)
        await state.get("g", "k")
        await state.delete("g", "k")
        await state.get_group("g")
        await state.clear("g")

    trace = MemoryTrace()
    run(scenario, trace)
    assert all(event["type"] == "state" and isinstance(event["timestamp"], int) for event in trace.events)
    assert [(event["operation"], event["data"]) for event in trace.events] == [
        ("set", {"traceId": "g", "key": "k", "value": 1}),
        ("get", {"traceId": "g", "key": "k"}),
        ("delete", {"traceId": "g", "key": "k"}),
        ("getGroup", {"groupId": "g"}),
        ("clear", {"groupId": "g"}),
    ]
