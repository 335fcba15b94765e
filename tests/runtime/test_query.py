"""Query strings are read as qs reads them; `qs_cases.json` holds what qs 6.13 made of each."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia import percent
from motia.query import parse

CASES = json.loads((Path(__file__).parent / "qs_cases.json").read_text())
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1)


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_it_reads_what_qs_reads(text: str, expected: Any) -> None:
    assert parse(text) == expected


@given(st.dictionaries(WORDS, st.text(st.characters(exclude_categories=["Cs"])) | st.lists(WORDS, min_size=2)))
def test_flat_parameters_come_back(params: dict[str, Any]) -> None:
    assert parse(urlencode(params, doseq=True)) == params


@given(st.dictionaries(WORDS, st.dictionaries(WORDS.filter(lambda word: not word.isdigit()), WORDS, min_size=1)))
def test_nested_parameters_come_back(params: dict[str, dict[str, str]]) -> None:
    pairs = [
        f"{quote_plus(key)}[{quote_plus(inner)}]={quote_plus(value)}"
        for key, values in params.items()
        for inner, value in values.items()
    ]
    assert parse("&".join(pairs)) == params


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(parse(text), dict)


def test_parameters_after_the_thousandth_are_ignored() -> None:
    assert len(parse("&".join(f"a{n}=1" for n in range(5000)))) == 1000


def test_a_hostile_number_of_brackets_costs_nothing() -> None:
    found: Any = parse("a" + "[b]" * 100_000 + "=1")
    depth = 0
    while isinstance(found, dict):
        found, depth = next(iter(found.values())), depth + 1
    assert depth == 7


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_percent_escapes_decode_as_the_library_decodes_them(text: str) -> None:
    assert percent.unquote(quote(text)) == text
    assert percent.unquote(text) == unquote(text)
