"""docs/conformance.md is what a run of these tests wrote."""

from __future__ import annotations

from conformance.sentences import all_rows
from conformance.table import DOCUMENT, ONCE, read
from parity.serving import PLACES

REMEDY = "run `make conformance`"


def test_the_page_has_every_sentence_and_no_other() -> None:
    expected = {row.key: row.test for row in all_rows()}
    found = {key: line["test"] for key, line in read(DOCUMENT.read_text()).items()}
    assert found == expected, REMEDY


def test_there_are_two_hundred_sentences_of_the_reference() -> None:
    assert sum(not row.contract for row in all_rows()) >= 200


def test_every_sentence_holds_wherever_it_can() -> None:
    lines = read(DOCUMENT.read_text())
    for row in all_rows():
        typescript = lines[row.key]["typescript"]
        assert typescript.startswith("n/a (") if "typescript" in row.absent else typescript == "pass", row
        cells = {place: lines[row.key][place] for place in (ONCE, *PLACES)}
        absent = {place for place, cell in cells.items() if cell.startswith("n/a (")}
        assert absent == (set(cells) if "python" in row.absent else set(row.absent) - {"typescript"}), row
        if "python" not in row.absent:
            assert cells[ONCE] == "pass" or {cells[place] for place in PLACES if place not in absent} == {"pass"}, row
        assert {cell for place, cell in cells.items() if place not in absent} <= {"pass", ""}, row
