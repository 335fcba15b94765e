"""The parity cases run in every place: each app is copied, started there once for the session, and stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parity.places import Place
from parity.serving import everywhere, start


@pytest.fixture(scope="session", params=everywhere("chat"))
def chat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start("chat", request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session", params=everywhere("corners"))
def corners(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start("corners", request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session", params=everywhere("orders"))
def orders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start("orders", request.param, tmp_path_factory.mktemp(request.param))
