"""What an event's data has that a schema does not describe."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_local.server.input_check import MOST_NAMES, compare

ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "amount": {"type": "number"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["id", "amount"],
    "additionalProperties": False,
    "$defs": {"Line": {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}},
}


def difference(data: Any, schema: Any = ORDER) -> dict[str, list[str]]:
    return compare(data, schema).fields()


def test_data_that_fits_is_not_mentioned() -> None:
    assert (
        difference({"id": "1", "amount": 2.5, "lines": [{"count": 1}, {"count": 2.0, "more": 1}], "note": None}) == {}
    )


def test_missing_extra_and_wrong_fields_are_named() -> None:
    assert difference({"id": 5, "lines": [{"count": 1}, {}, {"count": "2"}], "note": 1, "coupon": "x"}) == {
        "missing": ["amount", "lines[1].count"],
        "extra": ["coupon"],
        "wrong": [
            "id: must be string, is number",
            "lines[2].count: must be integer, is string",
            "note: is none of the 2 things it may be",
        ],
    }


@pytest.mark.parametrize("data", [None, 5, "x", True, [], [1]])
def test_what_is_no_object_is_wrong_as_a_whole(data: Any) -> None:
    (text,) = difference(data)["wrong"]
    assert text.startswith("data: must be object, is ")


@pytest.mark.parametrize(
    ("schema", "fits", "does_not"),
    [
        ({"type": ["string", "null"]}, None, 1),
        ({"type": "integer"}, 1.0, 1.5),
        ({"type": "number"}, 1, True),
        ({"enum": ["a", 1]}, 1, True),
        ({"const": 0}, 0, False),
        ({"allOf": [{"type": "object"}, {"required": ["a"]}]}, {"a": 1}, {}),
        ({"oneOf": [{"type": "object", "required": ["a"]}, {"type": "null"}]}, None, {}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"x": "y"}, {"x": 1}),
        ({"type": "array", "items": {"type": "string"}}, ["a"], [1]),
    ],
)
def test_each_keyword(schema: Any, fits: Any, does_not: Any) -> None:
    assert difference(fits, schema) == {}
    assert difference(does_not, schema) != {}


def test_of_several_forms_the_one_of_the_right_type_is_compared() -> None:
    schema = {"anyOf": [{"type": "null"}, {"type": "object", "required": ["a"]}]}
    assert difference({}, schema) == {"missing": ["a"]}


@pytest.mark.parametrize("schema", [True, False, {}, None, {"minimum": 5}, {"$ref": "https://example.com/x"}])
def test_what_is_not_understood_is_not_compared(schema: Any) -> None:
    assert difference({"a": 1}, schema) == {}


@pytest.mark.parametrize(
    "schema", [{"$ref": "#"}, {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, {"allOf": [{"$ref": "#"}] * 3}]
)
def test_a_schema_that_goes_round_comes_to_an_end(schema: Any) -> None:
    assert difference({"a": 1}, schema) == {}


def test_the_names_in_a_record_are_bounded() -> None:
    assert len(difference({str(n): 1 for n in range(1000)})["extra"]) == MOST_NAMES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYWORDS = st.sampled_from(
    ["type", "required", "properties", "items", "anyOf", "allOf", "enum", "$ref", "additionalProperties", "const"]
)


@settings(max_examples=200, deadline=None)
@given(JSON, st.dictionaries(KEYWORDS, JSON, max_size=4))
def test_any_data_is_compared_with_anything(data: Any, schema: Any) -> None:
    compare(data, schema)
