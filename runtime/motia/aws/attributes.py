"""DynamoDB's typed attributes.

Python -> DynamoDB: str S, bool BOOL, int and float and Decimal N, None NULL, bytes B, list and tuple L, dict M. Back, a
number without point or exponent is an int, any other a Decimal (nothing is lost), and a set is a Python set.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Item = dict[str, Any]


def to_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A dictionary as DynamoDB's typed attributes."""
    return {name: to_attribute(value) for name, value in item.items()}


def from_item(item: Mapping[str, Any]) -> Item:
    """DynamoDB's typed attributes as a dictionary."""
    return {name: from_attribute(value) for name, value in item.items()}


def to_attribute(value: Any) -> dict[str, Any]:
    """One typed attribute. Raises TypeError for a type DynamoDB does not have, ValueError for NaN and infinities."""
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, dict):
        return {"M": to_item(value)}
    if isinstance(value, list | tuple):
        return {"L": [to_attribute(item) for item in value]}
    if isinstance(value, bytes | bytearray):
        return {"B": _base64(value)}
    return {"N": _number(value)}


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The value of a typed attribute."""
    ((kind, value),) = attribute.items()
    if kind in ("S", "BOOL"):
        return value
    if kind == "N":
        return _parse_number(value)
    if kind == "M":
        return from_item(value)
    if kind == "L":
        return [from_attribute(item) for item in value]
    if kind == "B":
        return _from_base64(value)
    if kind == "NULL":
        return None
    return {from_attribute({kind[0]: item}) for item in value}  # SS, NS, BS


def _number(value: Any) -> str:
    if type(value) is int:
        return str(value)
    from decimal import Decimal

    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"DynamoDB has no attribute type for {type(value).__name__}")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"DynamoDB has no number {value!r}")
    return str(number)


def _parse_number(text: str) -> Any:
    if text.lstrip("-").isdigit():
        return int(text)
    from decimal import Decimal

    return Decimal(text)


def _base64(value: bytes | bytearray) -> str:
    from base64 import b64encode

    return b64encode(value).decode()


def _from_base64(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text)
