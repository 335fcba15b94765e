"""JSON values that know when they were written.

An item has in `at` the milliseconds of its last write. Each write of an item is later than the one before, also when
two sandboxes write at once or their clocks differ: whoever hears of both can tell which is the newer.
"""

from __future__ import annotations

from typing import Any

from motia.aws.dynamodb import condition_failed
from motia.aws.values import ValueTable
from motia.errors import AwsError

_AT = "at"
_TRIES = 20


class TimedTable(ValueTable):
    """A ValueTable with times: milliseconds since the epoch, 0 where they are not known. Raises AwsError."""

    _attributes = ("value", "s3", _AT)

    async def replace_at(self, group: str, key: str, value: Any, now: int) -> tuple[bool, int]:
        """Create or replace; whether there was a value before, and when: `now`, or as late as need be."""
        return await self._threads.run(self._replace_at, group, key, value, now)

    async def remove_at(self, group: str, key: str, now: int) -> tuple[Any, int]:
        """Remove and give the value, or None, and when: `now`, or as late as need be."""
        return await self._threads.run(self._remove_at, group, key, now)

    async def touch(self, group: str, key: str, now: int) -> int:
        """When something else happens to a value: `now`, or as late as need be. Counts as a write, if it is there."""
        return await self._threads.run(self._touch, group, key, now)

    async def read_at(self, group: str, key: str) -> tuple[Any, int]:
        """The value, or None, and when it was written."""
        return await self._threads.run(self._read_at, group, key)

    async def read_all_at(self, group: str) -> tuple[list[Any], int]:
        """All values of a group in order of their keys, and when the last of them was written."""
        rows = await self._threads.run(self._rows, group)
        return await self._values(group, rows), max((row.get(_AT, 0) for row in rows), default=0)

    def _replace_at(self, group: str, key: str, value: Any, now: int) -> tuple[bool, int]:
        item = self._stored(group, key, value)
        try:
            old, at = self._put_at(item, now)
        except AwsError as error:
            self._abandon(item, error)
            raise
        self._discard_old(old, item)
        return old is not None, at

    def _put_at(self, item: dict[str, Any], now: int) -> tuple[dict[str, Any] | None, int]:
        """Write an item; what it replaced, and when."""
        for _ in range(_TRIES):
            try:
                return self._put_now(item, now), now
            except AwsError as error:
                if not condition_failed(error):
                    raise
            try:
                return self._put_next(item, now)
            except AwsError as error:
                if not condition_failed(error):  # it was removed meanwhile
                    raise
        raise self._restless(item["group"], item[self._sort])

    def _put_now(self, item: dict[str, Any], now: int) -> dict[str, Any] | None:
        return self._db.put(
            self._table,
            {**item, _AT: now},
            condition="attribute_not_exists(#at) OR #at < :now",
            names={"#at": _AT},
            values={":now": now},
            return_old=True,
        )

    def _put_next(self, item: dict[str, Any], now: int) -> tuple[dict[str, Any], int]:
        """A write at this very moment, or by a clock that is ahead, came first: take the moment after it."""
        kept, other = ("s3", "value") if "s3" in item else ("value", "s3")
        old = self._db.update(
            self._table,
            {"group": item["group"], self._sort: item[self._sort]},
            "SET #kept = :kept, #at = #at + :one REMOVE #other",
            condition="#at >= :now",
            names={"#at": _AT, "#kept": kept, "#other": other},
            values={":kept": item[kept], ":now": now, ":one": 1},
            returning="ALL_OLD",
        )
        assert old is not None  # the condition says so
        return old, old[_AT] + 1

    def _remove_at(self, group: str, key: str, now: int) -> tuple[Any, int]:
        old = self._db.delete(self._table, {"group": group, self._sort: key}, return_old=True)
        return (None, now) if old is None else (self._taken(old), max(now, old.get(_AT, 0) + 1))

    def _touch(self, group: str, key: str, now: int) -> int:
        own = {"group": group, self._sort: key}
        for _ in range(_TRIES):
            item = self._db.get(self._table, own, attributes=(self._sort, _AT))
            if item is None:
                return now
            known = _AT in item
            moment: int = max(now, item.get(_AT, 0) + 1)
            try:
                self._db.update(
                    self._table,
                    own,
                    "SET #at = :moment",
                    condition="#at = :at" if known else "attribute_exists(#sort) AND attribute_not_exists(#at)",
                    names={"#at": _AT, **({} if known else {"#sort": self._sort})},
                    values={":moment": moment, **({":at": item[_AT]} if known else {})},
                )
            except AwsError as error:
                if not condition_failed(error):
                    raise
            else:
                return moment
        raise self._restless(group, key)

    def _read_at(self, group: str, key: str) -> tuple[Any, int]:
        item = self._db.get(self._table, {"group": group, self._sort: key})
        found = self._resolve(group, key, item)
        return (found[0], (item or {}).get(_AT, 0)) if found else (None, 0)

    def _restless(self, group: str, key: str) -> AwsError:
        return AwsError(
            f"the item {key!r} of {group!r} changed {_TRIES} times while it was written",
            service="dynamodb",
            code="TransactionConflictException",
            status=400,
        )
