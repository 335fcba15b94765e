"""Waiting for a condition instead of sleeping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(check: Callable[[], T], *, within_s: float = 20.0, every_s: float = 0.1) -> T:
    """The first truthy result of `check`; AssertionError with the last one when `within_s` seconds have passed."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s; last: {result!r}")
        pause.wait(every_s)
