"""A project folder for each test."""

from pathlib import Path

import pytest

from running import App


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)
