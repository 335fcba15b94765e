"""What `context.streams` needs of a StreamAdapter."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from motia.adapters import StreamAdapter, StreamEvent, StreamFilter
from motia.testing.contract.base import Adapters, Contract, eventually, unique

Streams = Adapters[StreamAdapter[Any]]

NAMES = ("a", "a:b", "a#b", "a/b", "*", "%", "a b", "ü", "\U0001f600", "A", "i" * 1024)


class StreamAdapterContract(Contract[StreamAdapter[Any]]):
    """Items of one stream by group and id, and events to those who listen.

    Define `make_adapter(self, stream_name)`.
    """

    def test_an_item_is_its_data_with_its_id(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            data = {"text": "é \U0001f600", "n": [1, None, {"a": True}], "id": "not this"}
            wanted = {**data, "id": "1"}
            stored = await stream.set(group, "1", data)
            assert part(stored, wanted) == wanted
            found = await stream.get(group, "1")
            assert found is not None
            assert part(found, wanted) == wanted
            assert [part(item, wanted) for item in await stream.get_group(group)] == [wanted]
            await stream.clear(group)

        self.run(check)

    def test_what_is_not_there_is_none(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            assert await stream.get(group, "1") is None
            assert await stream.delete(group, "1") is None
            assert await stream.get_group(group) == []
            await stream.clear(group)

        self.run(check)

    def test_an_item_replaces_the_one_before(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            await stream.set(group, "1", {"a": 1, "b": 2})
            await stream.set(group, "1", {"a": 3})
            [item] = await stream.get_group(group)
            assert item["a"] == 3
            assert "b" not in item
            await stream.clear(group)

        self.run(check)

    def test_a_deleted_item_is_returned_and_gone(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            await stream.set(group, "1", {"a": 1})
            removed = await stream.delete(group, "1")
            assert removed is not None
            assert part(removed, {"a": 1, "id": "1"}) == {"a": 1, "id": "1"}
            assert await stream.get(group, "1") is None
            assert await stream.get_group(group) == []

        self.run(check)

    def test_a_group_is_in_the_order_its_items_came(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            ids = ["c", "a", "10", "9", "b"]
            for id in ids:
                await stream.set(group, id, {"text": id})
                await next_millisecond()
            assert [item["id"] for item in await stream.get_group(group)] == ids
            await stream.clear(group)

        self.run(check)

    def test_any_text_is_a_group_and_an_id(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, root = await adapters.new(unique("chat")), unique("room")
            for name in NAMES:
                for id in NAMES:
                    await stream.set(f"{root}{name}", id, {"at": [name, id]})
            for name in NAMES:
                items = await stream.get_group(f"{root}{name}")
                assert sorted(item["id"] for item in items) == sorted(NAMES), f"of {name!r}"
                assert all(item["at"] == [name, item["id"]] for item in items)
                await stream.clear(f"{root}{name}")
                assert await stream.get_group(f"{root}{name}") == []

        self.run(check)

    def test_groups_and_streams_do_not_touch_each_other(self) -> None:
        async def check(adapters: Streams) -> None:
            name, group = unique("chat"), unique("room")
            one, two = await adapters.new(name), await adapters.new(f"{name}s")
            places = [(one, group), (one, f"{group}s"), (one, f"{group}:1"), (two, group)]
            for number, (stream, place) in enumerate(places):
                await stream.set(place, "1", {"n": number})
            await one.clear(group)
            left = [[item["n"] for item in await stream.get_group(place)] for stream, place in places]
            assert left == [[], [1], [2], [3]]
            for stream, place in places:
                await stream.clear(place)

        self.run(check)

    def test_what_is_stored_is_a_copy(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            data = {"items": [1]}
            stored = await stream.set(group, "1", data)
            data["items"].append(2)
            stored["items"].append(3)
            (await stream.get_group(group))[0]["items"].append(4)
            found = await stream.get(group, "1")
            assert found is not None
            assert found["items"] == [1]
            await stream.clear(group)

        self.run(check)

    def test_items_can_be_queried(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            for number, author in enumerate(["ada", "eve", "ada", "ada"]):
                await stream.set(group, str(number), {"author": author, "age": -number})
                await next_millisecond()

            async def ids(filter: StreamFilter) -> list[str]:
                return [item["id"] for item in await stream.query(group, filter)]

            assert await ids(StreamFilter()) == ["0", "1", "2", "3"]
            assert await ids(StreamFilter({"author": "ada"})) == ["0", "2", "3"]
            assert await ids(StreamFilter({"author": "ada", "age": -2})) == ["2"]
            assert await ids(StreamFilter({"none": None})) == []
            assert await ids(StreamFilter(order_by="age")) == ["3", "2", "1", "0"]
            assert await ids(StreamFilter(order_by="age", descending=True, offset=1, limit=2)) == ["1", "2"]
            await stream.clear(group)

        self.run(check)

    def test_an_event_reaches_those_who_listen(self) -> None:
        async def check(adapters: Streams) -> None:
            stream, group = await adapters.new(unique("chat")), unique("room")
            heard: list[tuple[str, Any]] = []

            def plain(event: StreamEvent) -> None:
                heard.append(("group", event))

            async def awaited(event: StreamEvent) -> None:
                heard.append(("item", event))

            await stream.subscribe({"groupId": group}, plain)
            await stream.subscribe({"groupId": group, "id": "1"}, awaited)
            typing: StreamEvent = {"type": "typing", "data": {"who": "ada"}}
            read: StreamEvent = {"type": "read", "data": None}
            await stream.send({"groupId": group}, typing)
            await eventually(lambda: len(heard) >= 1, self.within_s, "an event to a group reaches its listener")
            await stream.send({"groupId": f"{group}s"}, typing)
            await stream.send({"groupId": group, "id": "2"}, typing)
            await stream.send({"groupId": group, "id": "1"}, read)
            await eventually(lambda: len(heard) >= 4, self.within_s, "events to items reach group and item")
            assert heard[:2] == [("group", typing), ("group", typing)]
            assert sorted(name for name, event in heard[2:] if event == read) == ["group", "item"]
            assert await stream.get_group(group) == [], "an event is not kept"

            await stream.unsubscribe({"groupId": group})
            await stream.send({"groupId": group, "id": "1"}, typing)
            await eventually(lambda: len(heard) >= 5, self.within_s, "the other listener still hears")
            assert heard[4:] == [("item", typing)]
            await stream.unsubscribe({"groupId": group, "id": "1"})

        self.run(check)

    def test_another_process_sees_the_same(self) -> None:
        async def check(adapters: Streams) -> None:
            if self.shared:
                name, group = unique("chat"), unique("room")
                first, second = await adapters.new(name), await adapters.new(name)
                await first.set(group, "1", {"a": 1})
                found = await second.get(group, "1")
                assert found is not None
                assert found["a"] == 1
                await second.delete(group, "1")
                assert await first.get_group(group) == []

        self.run(check)


def part(item: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The fields of an item that a test has set: an adapter may add some of its own."""
    return {key: value for key, value in item.items() if key in wanted}


async def next_millisecond() -> None:
    """Let the clock go on: adapters may order by it."""
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        await asyncio.sleep(0)
