"""Sentences of the API reference, each with the test that holds the product to it.

    @sentence("state", "get returns None for what is not there")
    def test_...(place): ...

    @sentences("ApiRouteConfig", "changes", {"name is required": {"name": None}})
    def test_...(changes): ...

A sentence that the reference leaves open, and that tells how the original behaves, is a `contract("...")`; one that is
about a single language is `only("python", "...", because="...")`. A test that takes `place` runs in every place, with
the Steps written in Python and in TypeScript; one that takes `language` runs once for each; the others are about none.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])

LANGUAGES = ("python", "typescript")
SECTIONS = (
    "Discovery",
    "ApiRouteConfig",
    "EventConfig",
    "Infrastructure",
    "CronConfig",
    "NoopConfig",
    "emit",
    "logger",
    "state",
    "streams",
    "traceId",
    "API Step handler",
    "Event Step handler",
    "Cron Step handler",
    "Middleware",
    "Request object",
    "Response object",
    "Stream configuration",
    "CLI commands",
    "Emit types",
    "Query parameters",
    "Include files",
    "Adapter interfaces",
)


class contract(str):
    """A sentence about the original where the reference is silent."""


class only(str):
    """A sentence that cannot be said of the other language. because: why."""

    absent: Mapping[str, str]
    contract: bool

    def __new__(cls, language: str, text: str, *, because: str) -> only:
        made = super().__new__(cls, text)
        (other,) = set(LANGUAGES) - {language}
        made.absent = {other: because}
        made.contract = isinstance(text, contract)
        return made


@dataclass(frozen=True)
class Row:
    """test: `file::function[case]`. absent: place or language -> why the sentence cannot hold there."""

    section: str
    text: str
    test: str
    contract: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.section, self.text


_ROWS: dict[tuple[str, str], Row] = {}


def sentence(section: str, text: str, *, absent: Mapping[str, str] | None = None) -> Callable[[Test], Test]:
    """Says which sentence a test is about."""

    def about(test: Test) -> Test:
        row = _enter(section, text, test, "", absent)
        marked: Test = pytest.mark.sentence(row)(test)
        return marked

    return about


def sentences(
    section: str, names: str, cases: Mapping[str, Any], *, absent: Mapping[str, str] | None = None
) -> Callable[[Test], Test]:
    """A test for several sentences. names: its parameters, as for `parametrize`; cases: sentence -> their values."""

    def about(test: Test) -> Test:
        params = []
        for text, values in cases.items():
            slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
            row = _enter(section, text, test, f"[{slug}]", absent)
            given = values if "," in names else (values,)
            params.append(pytest.param(*given, id=slug, marks=pytest.mark.sentence(row)))
        marked: Test = pytest.mark.parametrize(names, params)(test)
        return marked

    return about


def _enter(section: str, text: str, test: Callable[..., Any], case: str, absent: Mapping[str, str] | None) -> Row:
    assert section in SECTIONS, section
    file = Path(test.__code__.co_filename).name
    missing = {**(absent or {}), **(text.absent if isinstance(text, only) else {})}
    of_contract = text.contract if isinstance(text, only) else isinstance(text, contract)
    row = Row(section, str(text), f"{file}::{test.__name__}{case}", of_contract, missing)
    other = _ROWS.setdefault(row.key, row)
    assert other == row, f"{row.test} and {other.test} are about the same sentence"
    return row


def all_rows() -> list[Row]:
    """The rows of every test in this folder, in the order of the reference."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"conformance.{file.stem}")
    return sorted(_ROWS.values(), key=lambda row: SECTIONS.index(row.section))
