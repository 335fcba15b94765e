"""What pytest gets by itself: the fixture `motia_app`, and contract tests whose assertions say what they compared.

[tool.pytest.ini_options]
motia_root = "."        # the project, from the folder of the pytest configuration
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from motia.testing import PlainApp

pytest.register_assert_rewrite("motia.testing.contract")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("motia_root", "the project that the fixture motia_app runs", default=".")


@pytest.fixture
def motia_app(request: pytest.FixtureRequest) -> Iterator[PlainApp]:
    """The project in memory, a new one for each test."""
    from motia.testing import motia_test

    with motia_test(Path(request.config.rootpath) / str(request.config.getini("motia_root"))) as app:
        yield app
