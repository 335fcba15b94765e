"""Who is connected, and who is in which room: items of the connections table.

    room                 connection        what it is
    connection#ID        #                 a connection: {auth, expires}
    connection#ID        KEY               one of its subscriptions: {asked, member?, expires}
    room#ROOM            ID#KEY            a member of a room: {expires}

auth: what the project's `authenticate` returned, as JSON text. KEY: digest of the client's own id for a subscription.
member: partition of the member item. asked: when the client asked, in milliseconds; API Gateway runs the messages of a
connection side by side, and the one that was asked last decides. expires: seconds since the epoch; a WebSocket lives
two hours, so what a connection leaves behind is gone soon after. Everything here blocks; see `threads`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from motia.aws.client import encode_json
from motia.aws.dynamodb import DynamoClient, condition_failed
from motia.aws.sigv4 import sha256_hex
from motia.errors import AwsError

LIFE_S = 2 * 3600 + 600  # "Amazon API Gateway quotas": a WebSocket connection lasts two hours
_ITSELF = "#"
_PARTITION_BYTES = 2048
_KEY_LENGTH = 32
_TRIES = 5
_NAMES = {"#asked": "asked", "#member": "member"}  # DynamoDB reserves words, and more of them in time

Key = dict[str, Any]


@dataclass(frozen=True)
class Connection:
    """A client. auth: what `authenticate` returned. expires: seconds since the epoch. subscriptions: how many."""

    id: str
    auth: Any
    expires: int
    subscriptions: int


class Rooms:
    """Connections and rooms. table: partition key `room`, sort key `connection`. Raises AwsError."""

    def __init__(self, db: DynamoClient, table: str, *, clock: Callable[[], float] = time.time) -> None:
        self._db = db
        self._table = table
        self._clock = clock

    def open(self, connection: str, auth: Any) -> None:
        """A client has connected."""
        expires = int(self._clock()) + LIFE_S
        text = encode_json(auth).decode()
        self._db.put(self._table, {**_connection(connection, _ITSELF), "auth": text, "expires": expires})

    def connection(self, connection: str) -> Connection | None:
        """What is known of a client; None when it is not connected."""
        rows = {row["connection"]: row for row in self._rows(connection)}
        itself = rows.pop(_ITSELF, None)
        if itself is None:
            return None
        count = sum("member" in row for row in rows.values())
        return Connection(connection, json.loads(itself["auth"]), itself["expires"], count)

    def join(self, connection: Connection, key: str, room: str, asked: int) -> bool:
        """Put a subscription (`key`) of a client into a room; False if it has been left since."""
        own, member = _connection(connection.id, _digest(key)), _partition(room)
        self._db.put(self._table, {**_member(member, own), "expires": connection.expires})
        try:
            old = self._db.put(
                self._table,
                {**own, "member": member, "asked": asked, "expires": connection.expires},
                condition="attribute_not_exists(#asked) OR #asked < :asked",
                names={"#asked": "asked"},
                values={":asked": asked},
                return_old=True,
            )
        except AwsError as error:
            if not condition_failed(error):
                raise
            current = self._db.get(self._table, own) or {}
            if current.get("member") == member:
                return True
            self._db.delete(self._table, _member(member, own))
            return False
        if old and old.get("member") not in (None, member):  # the client uses one id for one thing after another
            self._db.delete(self._table, _member(old["member"], own))
        return True

    def leave(self, connection: str, key: str, asked: int) -> None:
        """End a subscription. One whose join is still on its way will not begin."""
        own = _connection(connection, _digest(key))
        for _ in range(_TRIES):
            try:
                old = self._db.delete(
                    self._table,
                    own,
                    condition="attribute_exists(#member) AND #asked <= :asked",
                    names=_NAMES,
                    values={":asked": asked},
                    return_old=True,
                )
            except AwsError as error:
                if not condition_failed(error):
                    raise
                if self._left_first(own, asked):
                    return
            else:
                if old:
                    self._db.delete(self._table, _member(old["member"], own))
                return

    def belongings(self, connection: str) -> list[Key]:
        """The keys of all there is of a client, for `remove` when it is gone; its places in rooms first."""
        rows = self._rows(connection)
        members = [_member(row["member"], row) for row in rows if "member" in row]
        return [*members, *({"room": row["room"], "connection": row["connection"]} for row in rows)]

    def remove(self, key: Key) -> None:
        """Remove an item, if it is there."""
        self._db.delete(self._table, key)

    def members(self, room: str) -> list[tuple[str, Key]]:
        """The connections of a room, each with the key of its item; a client with two subscriptions is there twice."""
        rows = self._db.query(self._table, ("room", _partition(room)))
        now = self._clock()
        return [
            (row["connection"].partition("#")[0], {"room": row["room"], "connection": row["connection"]})
            for row in rows
            if row["expires"] > now  # DynamoDB takes its time to remove what has expired
        ]

    def _left_first(self, own: Key, asked: int) -> bool:
        """Leave word for a join that is still on its way; False when it has just arrived."""
        try:
            self._db.put(
                self._table,
                {**own, "asked": asked, "expires": int(self._clock()) + LIFE_S},
                condition="attribute_not_exists(#asked) OR (attribute_not_exists(#member) AND #asked < :asked)",
                names=_NAMES,
                values={":asked": asked},
            )
        except AwsError as error:
            if not condition_failed(error):
                raise
            current = self._db.get(self._table, own) or {}
            return "member" not in current or current["asked"] > asked
        return True

    def _rows(self, connection: str) -> list[dict[str, Any]]:
        return list(self._db.query(self._table, ("room", f"connection#{connection}")))


def distinct(members: Iterable[tuple[str, Key]]) -> dict[str, list[Key]]:
    """Keys by connection."""
    found: dict[str, list[Key]] = {}
    for connection, key in members:
        found.setdefault(connection, []).append(key)
    return found


def _connection(connection: str, sort: str) -> Key:
    return {"room": f"connection#{connection}", "connection": sort}


def _member(partition: str, own: Key) -> Key:
    """The key of a subscription's item in its room."""
    return {"room": partition, "connection": f"{own['room'].partition('#')[2]}#{own['connection']}"}


def _partition(room: str) -> str:
    plain = f"room#{room}"
    return plain if len(plain.encode()) <= _PARTITION_BYTES else f"room#{sha256_hex(room.encode())}"


def _digest(key: str) -> str:
    return sha256_hex(key.encode())[:_KEY_LENGTH]
