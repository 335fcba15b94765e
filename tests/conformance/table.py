"""docs/conformance.md: made of the rows and the outcomes of a run, and read back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from conformance.sentences import Row
from parity.serving import PLACES

DOCUMENT = Path(__file__).parents[2] / "docs/conformance.md"
ONCE = "once"
_TITLES = {"dev": "dev", "start": "start", "emulator": "deployed"}

Outcomes = Mapping[tuple[str, str], Mapping[tuple[str, str], str]]
"""(section, sentence) -> language and place, or ONCE for a test without a place -> "pass" or "fail"."""

_HEAD = """# Conformance

Each sentence of the API reference that says what happens, the test that holds it, and what a run of `make conformance`,
which writes this page, found. *dev* is `motia dev`, *start* `motia start`, *deployed* a version deployed to the
emulator, each with the Steps written in Python; *once* is a test that needs no server: configuration, command line,
adapters. *TypeScript* is all of these with the Steps written in TypeScript and JavaScript. Names are Python's: where a
sentence says `trace_id`, `get_group` or None, TypeScript has `traceId`, `getGroup` and null. Sentences marked ◦ are not
in the reference: they tell what the original does where it is silent.
"""


def render(rows: Sequence[Row], outcomes: Outcomes) -> str:
    """The whole page."""
    reasons: list[str] = []
    parts = [_HEAD, _summary(rows, outcomes)]
    for section, group in groupby(rows, key=lambda row: row.section):
        columns = " | ".join([ONCE, *(_TITLES[place] for place in PLACES), "TypeScript"])
        parts.append(f"## {section}\n\n| Sentence | Test | {columns} |\n|---|---|{'---|' * (len(PLACES) + 2)}")
        parts[-1] += "".join(f"\n{_line(row, outcomes.get(row.key, {}), reasons)}" for row in group)
    if reasons:
        parts.append("## Where a sentence cannot hold\n")
        parts[-1] += "".join(f"\n{number}. {reason}" for number, reason in enumerate(reasons, 1))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _summary(rows: Sequence[Row], outcomes: Outcomes) -> str:
    failing = sum("fail" in outcomes.get(row.key, {}).values() for row in rows)
    own = sum(not row.contract for row in rows)
    return f"{len(rows)} sentences, {own} of them of the reference; {failing or 'none'} fail{'s' * (failing == 1)}."


def _line(row: Row, found: Mapping[str, str], reasons: list[str]) -> str:
    cells = []
    for place in (ONCE, *PLACES):
        reason = row.absent.get(place) or row.absent.get("python")
        cells.append(_reference(reason, reasons) if reason else found.get(("python", place), ""))
    reason = row.absent.get("typescript")
    cells.append(_reference(reason, reasons) if reason else _typescript(row, found))
    text = _escaped(row.text) + (" ◦" if row.contract else "")
    return f"| {text} | `{row.test}` | {' | '.join(cells)} |"


def _reference(reason: str, reasons: list[str]) -> str:
    if reason not in reasons:
        reasons.append(reason)
    return f"n/a ({reasons.index(reason) + 1})"


def _typescript(row: Row, found: Mapping[tuple[str, str], str]) -> str:
    """pass, where it did in every place of the row."""
    outcomes = {place: outcome for (language, place), outcome in found.items() if language == "typescript"}
    failed = [place for place, outcome in outcomes.items() if outcome == "fail"]
    if failed:
        return f"fail ({', '.join(sorted(failed))})"
    expected = {ONCE} if ONCE in outcomes else set(PLACES) - set(row.absent)
    return "pass" if expected == set(outcomes) else ", ".join(sorted(outcomes))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def read(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """(section, sentence) -> test and the cells of the places, from a page that `render` made."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and not line.startswith("| Sentence |"):
            sentence, test, *cells = [
                cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))
            ]
            places = dict(zip((ONCE, *PLACES, "typescript"), cells, strict=False))
            found[section, sentence.removesuffix(" ◦")] = {"test": test.strip("`"), **places}
    return found
