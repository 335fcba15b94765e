"""A pool of Node workers for a test, and that nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from worker_lab import Body, run_in_lab


@pytest.fixture
def in_lab(tmp_path: Path) -> Callable[[Body], None]:
    """Run an async test body with a pool of two Node workers."""
    return lambda body: run_in_lab(tmp_path, "node", body)
