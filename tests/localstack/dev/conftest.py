"""A `motia dev` for a test, and that nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motia_process import MotiaProcess, alive
from waiting import eventually


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[MotiaProcess]:
    made = MotiaProcess(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.fixture
def gone() -> Callable[[list[int]], None]:
    """Wait until none of some processes lives."""

    def wait(pids: list[int]) -> None:
        eventually(lambda: not [pid for pid in pids if alive(pid)])

    return wait
