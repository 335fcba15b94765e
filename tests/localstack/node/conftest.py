"""A pool of Node workers for a test, and that nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack.streams.conftest import Live
from worker_lab import Body, run_in_lab


@pytest.fixture
def in_lab(tmp_path: Path) -> Callable[[Body], None]:
    """Run an async test body with a pool of two Node workers."""
    return lambda body: run_in_lab(tmp_path, "node", body)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Live]:
    """A server for what a test writes."""
    made = Live(tmp_path)
    yield made
    made.opened.close()
    if made.handle is not None:
        made.handle.stop()
