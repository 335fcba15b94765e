"""What `context.state` needs of a StateAdapter."""

from __future__ import annotations

import asyncio
from typing import Any

from motia.adapters import StateAdapter, StateItem, StateItemsInput
from motia.testing.contract.base import Adapters, Contract, unique

State = Adapters[StateAdapter]

VALUES: tuple[Any, ...] = (
    "text", "", "é \U0001f600 \u0000", 0, 1, -7, 2**53, 1.5, True, False, None, [], {}, [1, [2, {"a": None}]],
    {"a": {"b": [True, None, "x"]}, "": 1, "ü": "ü"},
)  # fmt: skip
TYPES = {"text": "string", "number": 1.5, "boolean": False, "object": {}, "array": [], "null": None}
NAMES = ("a", "a:b", "a#b", "a/b", "*", "a?[b]", "%", "_", "a b", "ü", "\U0001f600", "A", "k" * 1024)


class StateAdapterContract(Contract[StateAdapter]):
    """Values by group and key.

    Define `make_adapter(self)`. largest_bytes: of a value that must fit, as JSON.
    """

    largest_bytes: int = 500_000

    def test_a_value_comes_back_as_it_was_stored(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("values")
            for value in VALUES:
                stored = await state.set(group, "k", value)
                assert same(stored, value), f"set({value!r}) returned {stored!r}"
                found = await state.get(group, "k")
                assert same(found, value), f"stored {value!r}, got {found!r}"
            await state.clear(group)

        self.run(check)

    def test_a_large_value_fits(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("large")
            value = {"text": "x" * (self.largest_bytes - 20)}
            await state.set(group, "k", value)
            assert await state.get(group, "k") == value
            assert await state.get_group(group) == [value]
            await state.clear(group)

        self.run(check)

    def test_what_is_not_there_is_none(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("none")
            assert await state.get(group, "k") is None
            assert await state.delete(group, "k") is None
            assert await state.get_group(group) == []
            assert await state.keys(group) == []
            assert await state.items(StateItemsInput(group)) == []
            await state.clear(group)

        self.run(check)

    def test_a_value_replaces_the_one_before(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("replace")
            await state.set(group, "k", {"a": 1, "b": 2})
            await state.set(group, "k", {"a": 3})
            assert await state.get(group, "k") == {"a": 3}
            assert await state.keys(group) == ["k"]
            await state.clear(group)

        self.run(check)

    def test_a_deleted_value_is_returned_and_gone(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("delete")
            values: list[Any] = [{"a": 1}, 0, "", False, []]
            for value in values:
                await state.set(group, "k", value)
                removed = await state.delete(group, "k")
                assert same(removed, value), f"deleted {value!r}, got {removed!r}"
                assert await state.get(group, "k") is None
                assert await state.keys(group) == [], f"{value!r} is still there"

        self.run(check)

    def test_what_is_stored_is_a_copy(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("copy")
            value = {"items": [1]}
            await state.set(group, "k", value)
            value["items"].append(2)
            (await state.get(group, "k"))["items"].append(3)
            (await state.get_group(group))[0]["items"].append(4)
            assert await state.get(group, "k") == {"items": [1]}
            await state.clear(group)

        self.run(check)

    def test_any_text_is_a_group_and_a_key(self) -> None:
        async def check(adapters: State) -> None:
            state, root = await adapters.new(), unique("names")
            groups = [f"{root}{name}" for name in NAMES]
            for group in groups:
                for name in NAMES:
                    await state.set(group, name, [group, name])
            for group in groups:
                for name in NAMES:
                    found = await state.get(group, name)
                    assert found == [group, name], f"{name!r} of {group!r} is {found!r}"
                keys = await state.keys(group)
                assert sorted(keys) == sorted(NAMES), f"the keys of {group!r} are {keys!r}"
                await state.clear(group)

        self.run(check)

    def test_groups_do_not_touch_each_other(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("group")
            others = [f"{group}s", f"{group}:", f"{group}:k", group[:-1], group.upper()]
            for name in (group, *others):
                await state.set(name, "k", name)
                await state.set(name, "k:2", name)
            assert await state.get_group(group) == [group, group]
            await state.clear(group)
            assert await state.get_group(group) == []
            assert await state.get(group, "k") is None
            for name in others:
                assert await state.get_group(name) == [name, name], f"clearing {group!r} changed {name!r}"
                await state.clear(name)

        self.run(check)

    def test_group_and_key_are_not_joined(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("joined")
            for separator in ":#/|.-_ \u0000":
                await state.set(f"{group}{separator}a", "b", 1)
                assert await state.get(group, f"a{separator}b") is None
                await state.set(group, f"a{separator}b", 2)
                assert await state.get(f"{group}{separator}a", "b") == 1, f"joined by {separator!r}"
                await state.clear(f"{group}{separator}a")
            await state.clear(group)

        self.run(check)

    def test_the_groups_that_have_values_are_listed(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("listed")
            assert group not in await state.trace_ids()
            for key in "ab":
                await state.set(group, key, 1)
            groups = await state.trace_ids()
            assert groups.count(group) == 1, f"{group!r} is {groups.count(group)} times in the list"
            await state.delete(group, "a")
            await state.delete(group, "b")
            assert group not in await state.trace_ids()

        self.run(check)

    def test_items_say_where_they_are_and_what(self) -> None:
        async def check(adapters: State) -> None:
            state, group, other = await adapters.new(), unique("items"), unique("other")
            for kind, value in TYPES.items():
                await state.set(group, kind, value)
            await state.set(other, "k", 1)
            wanted = [StateItem(group, kind, _type(kind), value) for kind, value in sorted(TYPES.items())]
            for asked in (StateItemsInput(group), StateItemsInput(trace_id=group)):
                found = sorted(await state.items(asked), key=lambda item: item.key)
                assert found == wanted, f"{found!r} is not {wanted!r}"
            everything = await state.items(StateItemsInput())
            assert all(item in everything for item in [*wanted, StateItem(other, "k", "number", 1)])
            await state.clear(group)
            await state.clear(other)

        self.run(check)

    def test_writes_at_once_are_all_kept(self) -> None:
        async def check(adapters: State) -> None:
            state, group = await adapters.new(), unique("at-once")
            await asyncio.gather(*(state.set(group, f"k{number}", number) for number in range(25)))
            assert sorted(await state.get_group(group)) == list(range(25))
            await asyncio.gather(*(state.delete(group, f"k{number}") for number in range(25)))
            assert await state.get_group(group) == []

        self.run(check)

    def test_another_process_sees_the_same(self) -> None:
        async def check(adapters: State) -> None:
            if self.shared:
                first, second, group = await adapters.new(), await adapters.new(), unique("shared")
                await first.set(group, "k", {"a": 1})
                assert await second.get(group, "k") == {"a": 1}
                await second.set(group, "k", {"a": 2})
                assert await first.get_group(group) == [{"a": 2}]
                await second.clear(group)
                assert await first.get(group, "k") is None

        self.run(check)


def same(found: Any, value: Any) -> bool:
    """Equal, and of the same types: True is not 1, and 1.5 is not "1.5"."""
    if isinstance(value, list):
        return isinstance(found, list) and len(found) == len(value) and all(map(same, found, value))
    if isinstance(value, dict):
        return isinstance(found, dict) and found.keys() == value.keys() and all(same(found[k], value[k]) for k in value)
    return isinstance(found, bool) == isinstance(value, bool) and bool(found == value)


def _type(kind: str) -> Any:
    return {"text": "string"}.get(kind, kind)
