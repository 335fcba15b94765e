"""What Steps hand over, as JSON.

Beyond JSON's own types: datetime, date and time (ISO 8601), Decimal (number), UUID (string), Enum (its value), set and
tuple (array), mappings, dataclasses, models with `model_dump` (pydantic), and numbers and arrays of numpy. Anything
else, and NaN and the infinities, is refused by an error that names the path to it, such as `data.items[2].price`.
"""

from __future__ import annotations

import json
from typing import Any

from motia.errors import MotiaError

_PATH = 60  # characters of a path that are shown of each end
_DECIMAL_DIGITS = 30  # a whole Decimal up to this many digits becomes an int; beyond it, a float


def dumps(value: Any, root: str, error: type[MotiaError]) -> bytes:
    """`value` as compact UTF-8 JSON. root: what the path in an error starts with. error: what is raised."""
    text = _encode(value, root, error)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8; as an escape it survives
        return json.dumps(json.loads(text), separators=(",", ":")).encode()


def jsonable(value: Any, root: str, error: type[MotiaError], where: str | None = None) -> Any:
    """A copy of `value` made of JSON's own types, that later changes to `value` do not reach. where: for the error."""
    if value is None or value is True or value is False:
        return value
    text = _encode(value, root, error, where)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refusal(value, root, error, where) from None
    return json.loads(text)


def plain(value: Any) -> Any:
    """One step from a supported type towards JSON; TypeError or ValueError for anything else."""
    from collections.abc import Mapping
    from dataclasses import fields, is_dataclass
    from enum import Enum

    if isinstance(value, type):
        raise TypeError(f"the class {value.__name__} is not a value")
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if callable(dump := getattr(value, "model_dump", None)):
        return dump(mode="json")
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return _library_value(value)


def _library_value(value: Any) -> Any:
    from datetime import date, time
    from decimal import Decimal
    from uuid import UUID

    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} has no JSON number")
        whole = value == value.to_integral_value() and value.adjusted() < _DECIMAL_DIGITS
        return int(value) if whole else float(value)
    if hasattr(value, "dtype") and callable(convert := getattr(value, "tolist", None)):  # numpy, never imported here
        return convert()
    raise TypeError(f"{type(value).__name__} has no JSON form")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)


def _encode(value: Any, root: str, error: type[MotiaError], where: str | None = None) -> str:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError, AttributeError):
        raise _refusal(value, root, error, where) from None


def _refusal(value: Any, root: str, error: type[MotiaError], where: str | None) -> MotiaError:
    path, reason = _find(value, root, ()) or (root, "it has no JSON form")
    if len(path) > 2 * _PATH:
        path = f"{path[:_PATH]} ... {path[-_PATH:]}"
    return error(
        f"{path} is not JSON: {reason}",
        where=where,
        allowed="dict, list, str, int, finite float, bool, None, date and time, Decimal, UUID, Enum, set, tuple, "
        "dataclass, pydantic model, numpy number or array",
        remedy="convert it before you hand it over",
    )


def _find(value: Any, path: str, above: tuple[int, ...]) -> tuple[str, str] | None:
    """The path to the first value that is not JSON, and why."""
    if id(value) in above:
        return path, "it contains itself"
    if len(above) > 400:
        return path, "it is nested too deeply"
    inside = (*above, id(value))
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str | int | float | bool | None):
                return path, f"the key {key!r} is not a string"
            if found := _find(item, _member(path, key), inside):
                return found
        return None
    if isinstance(value, list | tuple):
        return next((found for i, item in enumerate(value) if (found := _find(item, f"{path}[{i}]", inside))), None)
    return _find_leaf(value, path, inside)


def _find_leaf(value: Any, path: str, inside: tuple[int, ...]) -> tuple[str, str] | None:
    try:
        if value is None or isinstance(value, str | int | float):
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
            return None
        return _find(plain(value), path, inside)
    except UnicodeEncodeError:
        return path, "it holds half of a surrogate pair"
    except ValueError as refused:
        return path, f"{value!r} is not a JSON number" if isinstance(value, float) else str(refused)
    except Exception as refused:
        return path, str(refused)


def _member(path: str, key: object) -> str:
    return f"{path}.{key}" if isinstance(key, str) and key.isidentifier() else f"{path}[{key!r}]"
