"""An embedded emulator for a whole test session (with xdist: one for each worker), empty at its start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia_local import emulator
from motia_local.emulator import Endpoint


@pytest.fixture(scope="session")
def emulator_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An emulator with IAM enforcement on; everything it started is gone afterwards."""
    folder: Path = tmp_path_factory.mktemp("emulator") / ".motia"
    os.environ.pop("AWS_ENDPOINT_URL", None)
    endpoint = emulator.start(folder)
    try:
        yield endpoint
    finally:
        assert emulator.stop(folder)
