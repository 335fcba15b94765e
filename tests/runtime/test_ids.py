"""Trace ids are short, readable, and tell the time."""

import re
import time

from motia.ids import TRACE_ALPHABET, new_trace_id


def test_a_trace_id_is_five_letters_and_seven_digits_of_the_clock() -> None:
    before = time.time_ns() // 1_000_000
    trace_id = new_trace_id()
    after = time.time_ns() // 1_000_000
    assert re.fullmatch(rf"[{TRACE_ALPHABET}]{{5}}-\d{{7}}", trace_id)
    assert int(trace_id[-7:]) in {moment % 10_000_000 for moment in range(before, after + 1)}


def test_letters_that_look_alike_are_not_used() -> None:
    assert len(set(TRACE_ALPHABET)) == 32
    assert not set("ILO0") & set(TRACE_ALPHABET)
