"""Connections and rooms in DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from motia.aws.dynamodb import DynamoClient
from motia.aws.rooms import LIFE_S, Connection, Rooms
from motia.stream_protocol import room

CHAT = room("chat", "lobby")
ITEM = room("chat", "lobby", "m1")


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rooms(cloud: Any, clock: Clock) -> Rooms:
    table = cloud.table(f"connections-{cloud.environ['MOTIA_BUCKET']}", "room", "connection")
    return Rooms(DynamoClient(cloud.client("dynamodb")), table, clock=clock)


def connected(rooms: Rooms, id: str = "c1=", auth: Any = None) -> Connection:
    rooms.open(id, auth)
    found = rooms.connection(id)
    assert found is not None
    return found


def inside(rooms: Rooms, name: str = CHAT) -> list[str]:
    return [connection for connection, _ in rooms.members(name)]


def everything(rooms: Rooms) -> int:
    return len(rooms._db.client.call("Scan", {"TableName": rooms._table})["Items"])


@pytest.mark.parametrize("auth", [None, {"user": "Änne", "roles": ["a", 1, 2.5]}, "text", 0, False])
def test_a_connection_has_what_authenticate_returned(rooms: Rooms, clock: Clock, auth: Any) -> None:
    assert connected(rooms, "c1=", auth) == Connection("c1=", auth, int(clock.now) + LIFE_S, 0)
    assert rooms.connection("c2=") is None


def test_who_joins_is_in_the_room_until_it_leaves(rooms: Rooms) -> None:
    client = connected(rooms)
    assert rooms.join(client, "s1", CHAT, 1)
    assert (inside(rooms), inside(rooms, ITEM)) == (["c1="], [])
    assert (rooms.connection("c1=") or client).subscriptions == 1
    rooms.leave("c1=", "s1", 2)
    assert inside(rooms) == []
    assert everything(rooms) == 1


def test_a_client_may_be_in_a_room_twice(rooms: Rooms) -> None:
    client = connected(rooms)
    rooms.join(client, "s1", CHAT, 1)
    rooms.join(client, "s2", CHAT, 2)
    assert inside(rooms) == ["c1=", "c1="]
    rooms.leave("c1=", "s1", 3)
    assert inside(rooms) == ["c1="]


def test_a_leave_that_overtakes_its_join_wins(rooms: Rooms) -> None:
    client = connected(rooms)
    rooms.leave("c1=", "s1", 20)
    assert not rooms.join(client, "s1", CHAT, 10)
    assert inside(rooms) == []
    assert rooms.join(client, "s1", CHAT, 30)
    assert inside(rooms) == ["c1="]


def test_a_late_leave_does_not_end_a_later_join(rooms: Rooms) -> None:
    client = connected(rooms)
    rooms.join(client, "s1", CHAT, 30)
    rooms.leave("c1=", "s1", 20)
    assert inside(rooms) == ["c1="]
    assert rooms.join(client, "s1", CHAT, 30)  # delivered twice
    assert inside(rooms) == ["c1="]


def test_an_id_used_again_for_another_room_leaves_the_first(rooms: Rooms) -> None:
    client = connected(rooms)
    rooms.join(client, "s1", CHAT, 1)
    rooms.join(client, "s1", ITEM, 2)
    assert (inside(rooms), inside(rooms, ITEM)) == ([], ["c1="])


def test_whoever_is_gone_leaves_nothing(rooms: Rooms) -> None:
    client, other = connected(rooms), connected(rooms, "c2=")
    for number in range(3):
        rooms.join(client, f"s{number}", room("chat", str(number)), number)
    rooms.leave("c1=", "never joined", 9)
    rooms.join(other, "s1", CHAT, 1)
    for key in rooms.belongings("c1="):
        rooms.remove(key)
    assert everything(rooms) == 3  # of the other: itself, its subscription, its place in the room
    assert inside(rooms) == ["c2="]


def test_who_has_expired_is_not_told_even_before_dynamodb_tidies_up(rooms: Rooms, clock: Clock) -> None:
    rooms.join(connected(rooms), "s1", CHAT, 1)
    clock.now += LIFE_S
    assert inside(rooms) == []


def test_names_of_any_length_fit(rooms: Rooms) -> None:
    client = connected(rooms)
    long = [room("chat", "g" * 2040, "i" * 1024), room("chat", "ü" * 1020), room("chat", "ü" * 1019)]
    for number, name in enumerate(long):
        assert rooms.join(client, "k" * 1024 + str(number), name, number)
    assert [inside(rooms, name) for name in long] == [["c1="]] * 3
