"""What Steps hand over becomes JSON, or an error that names the place."""

import json
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from motia.errors import EmitError, StateError
from motia.jsonable import dumps, jsonable


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Name(str, Enum):  # noqa: UP042  (what people wrote before 3.11)
    ADA = "ada"


@dataclass
class Point:
    x: int
    at: date


class Order(BaseModel):
    id: uuid.UUID
    total: Decimal


class Reading(BaseModel):
    value: float


ID = uuid.UUID("12345678-1234-5678-1234-567812345678")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.50"), 1.5),
        (Decimal("100"), 100),
        (Decimal("1E+400000"), None),
        (ID, str(ID)),
        (Colour.RED, "red"),
        (Size.BIG, 3),
        (Name.ADA, "ada"),
        ({1}, [1]),
        ((1, "a"), [1, "a"]),
        (Point(1, date(2026, 1, 2)), {"x": 1, "at": "2026-01-02"}),
        (Order(id=ID, total=Decimal("2")), {"id": str(ID), "total": "2"}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (OrderedDict(a=1), {"a": 1}),
        ({1: "a", None: "b", False: "c"}, {"1": "a", "null": "b", "false": "c"}),
    ],
    ids=repr,
)
def test_common_types_have_a_json_form(value: Any, expected: Any) -> None:
    if expected is None:
        with pytest.raises(StateError):
            jsonable(value, "value", StateError)
    else:
        assert jsonable(value, "value", StateError) == expected


def cycle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["me"] = [value]
    return value


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"items": [{"price": 1.0}, {"price": float("nan")}]}, "data.items[1].price is not JSON: nan"),
        ([float("inf")], "data[0] is not JSON: inf"),
        ({"a b": {"c": b"raw"}}, "data['a b'].c is not JSON: bytes has no JSON form"),
        ({"when": object()}, "data.when is not JSON: object"),
        ({(1, 2): 1}, "data is not JSON: the key (1, 2) is not a string"),
        ({"d": Decimal("NaN")}, "data.d is not JSON"),
        ({"s": "\ud800"}, "data.s is not JSON: it holds half of a surrogate pair"),
        (cycle(), "data.me[0] is not JSON: it contains itself"),
        ({"n": 10**5000}, "data.n is not JSON"),
        ({"x": Point}, "data.x is not JSON: the class Point is not a value"),
        ({"m": Reading(value=float("nan"))}, "data.m.value is not JSON: nan"),
    ],
    ids=lambda value: "" if not isinstance(value, str) else value,
)
def test_what_is_not_json_is_refused_by_its_path(value: Any, path: str) -> None:
    with pytest.raises(EmitError) as refused:
        jsonable(value, "data", EmitError)
    assert refused.value.what.startswith(path)
    assert refused.value.remedy


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(StateError, match="nested too deeply") as refused:
        jsonable(deep(), "value", StateError)
    assert len(refused.value.what) < 200


@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert jsonable(value, "value", StateError) == value
    assert json.loads(dumps(value, "value", StateError)) == value


def test_the_copy_does_not_follow_later_changes() -> None:
    value = {"a": [1]}
    copy = jsonable(value, "value", StateError)
    value["a"].append(2)
    assert copy == {"a": [1]}


def test_half_a_surrogate_pair_in_an_answer_is_escaped() -> None:
    assert dumps({"a": "\ud800"}, "body", StateError) == b'{"a":"\\ud800"}'
    assert dumps({"a": "ü😀"}, "body", StateError) == '{"a":"ü😀"}'.encode()


class Array:
    """The shape of what numpy hands out: a `dtype`, and `tolist` for Python's own numbers."""

    dtype = "float64"

    def __init__(self, *items: float) -> None:
        self._items = items

    def tolist(self) -> list[float]:
        return list(self._items)


def test_numbers_and_arrays_of_numpy_are_plain_numbers() -> None:
    assert dumps({"prices": Array(1.5, 2)}, "data", EmitError) == b'{"prices":[1.5,2]}'
    with pytest.raises(EmitError, match=r"data\.prices\[1\] is not JSON: nan"):
        dumps({"prices": Array(1.5, float("nan"))}, "data", EmitError)
