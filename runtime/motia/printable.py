"""Anything at all, as JSON that a log can hold. Nothing here raises."""

from __future__ import annotations

from typing import Any

from motia.failure import describe
from motia.jsonable import plain

_DEPTH = 12
_INT_BITS = 4096  # Python refuses to write much larger numbers in decimal


def printable(value: Any, depth: int = 0) -> Any:
    """`value` made of JSON's types: exceptions as {message, stack, name, code?}, what has no JSON form as its repr."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return _converted(value, depth)
    except Exception:
        return _repr(value)


def _converted(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() < _INT_BITS else hex(value)
    if isinstance(value, float):
        return value if value - value == 0 else repr(value)  # NaN and the infinities have no JSON number
    if depth > _DEPTH:
        return "[...]"
    if isinstance(value, dict):
        return {_key(key): printable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item, depth + 1) for item in value]
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, str):
        return str.__str__(value)
    return printable(plain(value), depth + 1)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(printable(key, _DEPTH))


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
