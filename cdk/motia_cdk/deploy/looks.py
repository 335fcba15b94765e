"""Looking again and again at something that takes time."""

from __future__ import annotations

import time
from collections.abc import Iterator


def looks(most_s: float, patience_s: float) -> Iterator[None]:
    """Pauses between looks, growing to `most_s` seconds, for `patience_s` seconds; the first look comes at once."""
    deadline = time.monotonic() + patience_s
    pause = most_s / 4
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)
        pause = min(pause * 1.5, most_s)
