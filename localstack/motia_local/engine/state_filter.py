"""Conditions on state values, as the Workbench sends them: {valueKey, operation, value}."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from motia.errors import StateError


@dataclass(frozen=True)
class StateFilter:
    """A condition on the field `key` of an object. StateError if the operation is not known."""

    key: str
    operation: str
    value: Any = None

    def __post_init__(self) -> None:
        if self.operation not in _OPERATIONS:
            raise StateError(f"no filter operation {self.operation!r}", allowed=", ".join(_OPERATIONS))


def matches(value: Any, condition: StateFilter) -> bool:
    """Whether a value passes; what is not an object has no fields, as if all were null."""
    field = value.get(condition.key) if isinstance(value, dict) else None
    return _OPERATIONS[condition.operation](field, condition.value)


def _equal(field: Any, value: Any) -> bool:
    if isinstance(field, bool) and isinstance(value, str):
        return value == ("true" if field else "false")
    pair = _numbers(field, value)
    return pair[0] == pair[1] if pair else bool(field == value) and isinstance(field, bool) == isinstance(value, bool)


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(field: Any, value: Any) -> bool:
        pair = _numbers(field, value)
        if pair is None and isinstance(field, str) and isinstance(value, str):
            return test(field, value)
        return pair is not None and test(*pair)

    return compare


def _numbers(field: Any, value: Any) -> tuple[float, float] | None:
    """Both as numbers when the field is one: values from a web form are strings."""
    if isinstance(field, bool) or not isinstance(field, int | float) or isinstance(value, bool):
        return None
    try:
        return field, float(value) if isinstance(value, str) else cast(float, value + 0)
    except (TypeError, ValueError):
        return None


def _contains(field: Any, value: Any) -> bool:
    if isinstance(field, str):
        return str(value) in field
    return isinstance(field, list) and any(_equal(part, value) for part in field)


_OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "neq": lambda field, value: not _equal(field, value),
    "gt": _compare(lambda field, value: field > value),
    "gte": _compare(lambda field, value: field >= value),
    "lt": _compare(lambda field, value: field < value),
    "lte": _compare(lambda field, value: field <= value),
    "contains": _contains,
    "notContains": lambda field, value: not _contains(field, value),
    "startsWith": lambda field, value: isinstance(field, str) and field.startswith(str(value)),
    "endsWith": lambda field, value: isinstance(field, str) and field.endswith(str(value)),
    "isNotNull": lambda field, _: field is not None,
    "isNull": lambda field, _: field is None,
}
