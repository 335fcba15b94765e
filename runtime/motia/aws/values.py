"""JSON values in a DynamoDB table; the large ones in S3.

An item holds its value as JSON text in `value`, or, over 350 KB, the key of an S3 object in `s3` (DynamoDB takes 400 KB
an item). Every write of a large value makes an object of its own: no reader ever sees half of one, and removing what a
write replaced cannot remove what a later write put there.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from motia.aws.client import encode_json
from motia.aws.dynamodb import DynamoClient, condition_failed
from motia.aws.s3 import S3Client
from motia.aws.sigv4 import sha256_hex
from motia.aws.threads import Threads
from motia.errors import AwsError
from motia.ids import new_id

INLINE_BYTES = 350 * 1024
_DELETES = 25
_READS = 5


class ValueTable:
    """Values by partition and sort key.

    table: its partition key is `group`, its sort key `sort`. bucket, prefix: where large values go. What S3 refuses
    while cleaning up is not an error: the value itself is safe, an object is left over. Raises AwsError.
    """

    _attributes: tuple[str, ...] = ("value", "s3")

    def __init__(
        self, db: DynamoClient, s3: S3Client, threads: Threads, *, table: str, sort: str, bucket: str, prefix: str
    ) -> None:
        self._db = db
        self._s3 = s3
        self._threads = threads
        self._table = table
        self._sort = sort
        self._bucket = bucket
        self._prefix = prefix

    async def read(self, group: str, key: str) -> Any:
        """The value, or None."""
        return await self._threads.run(self._read, group, key)

    async def write(self, group: str, key: str, value: Any) -> None:
        """Create or replace a value."""
        await self._threads.run(self._write, group, key, value)

    async def remove(self, group: str, key: str) -> Any:
        """Remove and give the value, or None."""
        return await self._threads.run(self._remove, group, key)

    async def read_all(self, group: str) -> list[Any]:
        """All values of a group in order of their keys; large ones are fetched in parallel."""
        return await self._values(group, await self._threads.run(self._rows, group))

    async def _values(self, group: str, rows: list[dict[str, Any]]) -> list[Any]:
        large = [(index, group, row[self._sort], row) for index, row in enumerate(rows) if "s3" in row]
        found = await self._threads.each(self._resolve, [arguments[1:] for arguments in large])
        values: list[tuple[Any, ...]] = [() if "s3" in row else (row["value"],) for row in rows]
        for (index, *_), value in zip(large, found, strict=True):
            values[index] = value
        return [value for some in values for value in some]

    async def keys(self, group: str) -> list[str]:
        """The keys of a group, in order."""
        return [row[self._sort] for row in await self._threads.run(self._keys, group)]

    async def groups(self) -> list[str]:
        """The groups that have values, in order. Reads the whole table."""
        return sorted(await self._threads.run(self._groups))

    async def clear(self, group: str) -> None:
        """Remove every value of a group that is there now."""
        rows = await self._threads.run(self._keys, group)
        keys = [{"group": group, self._sort: row[self._sort]} for row in rows]
        chunks = [keys[start : start + _DELETES] for start in range(0, len(keys), _DELETES)]
        await self._threads.each(self._delete_keys, [(chunk,) for chunk in chunks])
        await self._threads.each(self._discard, [(row["s3"],) for row in rows if "s3" in row])

    def _read(self, group: str, key: str) -> Any:
        item = self._db.get(self._table, {"group": group, self._sort: key})
        return next(iter(self._resolve(group, key, item)), None)

    def _resolve(self, group: str, key: str, item: dict[str, Any] | None) -> tuple[Any, ...]:
        """The value of an item, or nothing. An object may be gone because its item was replaced meanwhile."""
        for _ in range(_READS):
            if item is None:
                return ()
            if "s3" not in item:
                return (json.loads(item["value"]),)
            try:
                return (json.loads(self._s3.get(self._bucket, item["s3"])),)
            except AwsError as error:
                # S3 denies access to a missing object to those who may not list the bucket
                if error.code not in ("NoSuchKey", "AccessDenied"):
                    raise
                again = self._db.get(self._table, {"group": group, self._sort: key})
                if again is not None and again.get("s3") == item["s3"]:
                    raise
                item = again
        raise AwsError(
            f"the value {key!r} of {group!r} changed while it was read, {_READS} times",
            service="s3",
            code="NoSuchKey",
            status=404,
        )

    def _write(self, group: str, key: str, value: Any) -> None:
        item = self._stored(group, key, value)
        try:
            # Most values are small, and so were those before them: without asking for the old item it need not travel.
            self._db.put(self._table, item, condition="attribute_not_exists(s3)")
        except AwsError as error:
            if condition_failed(error):
                self._exchange(item)
                return
            self._abandon(item, error)
            raise

    def _exchange(self, item: dict[str, Any]) -> None:
        try:
            old = self._db.put(self._table, item, return_old=True)
        except AwsError as error:
            self._abandon(item, error)
            raise
        self._discard_old(old, item)

    def _discard_old(self, old: dict[str, Any] | None, item: dict[str, Any]) -> None:
        # A repetition after a lost answer gets back what it wrote itself.
        if old and "s3" in old and old["s3"] != item.get("s3"):
            self._discard(old["s3"])

    def _remove(self, group: str, key: str) -> Any:
        old = self._db.delete(self._table, {"group": group, self._sort: key}, return_old=True)
        return None if old is None else self._taken(old)

    def _taken(self, old: dict[str, Any]) -> Any:
        """The value of an item that is gone; its object goes too."""
        if "s3" not in old:
            return json.loads(old["value"])
        value = json.loads(self._s3.get(self._bucket, old["s3"]))
        self._discard(old["s3"])
        return value

    def _rows(self, group: str) -> list[dict[str, Any]]:
        """The items of a group, small values decoded."""
        rows = list(self._db.query(self._table, ("group", group), attributes=(self._sort, *self._attributes)))
        for row in rows:
            if "s3" not in row:
                row["value"] = json.loads(row["value"])
        return rows

    def _keys(self, group: str) -> list[dict[str, Any]]:
        return list(self._db.query(self._table, ("group", group), attributes=(self._sort, "s3")))

    def _groups(self) -> set[str]:
        return {item["group"] for item in self._db.scan(self._table, attributes=("group",))}

    def _delete_keys(self, keys: list[dict[str, Any]]) -> None:
        self._db.batch_write(self._table, deletes=keys)

    def _stored(self, group: str, key: str, value: Any) -> dict[str, Any]:
        body = encode_json(value)
        item = {"group": group, self._sort: key}
        if len(body) <= INLINE_BYTES:
            return {**item, "value": body.decode()}
        name = f"{self._prefix}{sha256_hex(f'{group}/{key}/{new_id()}'.encode())}"
        self._s3.put(self._bucket, name, body)
        return {**item, "s3": name}

    def _abandon(self, item: dict[str, Any], error: AwsError) -> None:
        """Drop the object of a write that was surely refused; after a lost answer it may be in use."""
        if "s3" in item and 400 <= error.status < 500:
            self._discard(item["s3"])

    def _discard(self, name: str) -> None:
        with suppress(AwsError):
            self._s3.delete(self._bucket, name)
