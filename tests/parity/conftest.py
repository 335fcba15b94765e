"""The parity cases run in every place and in both languages: each app is started there once, for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parity.places import Place
from parity.serving import everywhere, in_both_languages, start


@pytest.fixture(scope="session", params=in_both_languages("chat"))
def chat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start(*request.param, tmp_path_factory.mktemp("chat"))


@pytest.fixture(scope="session", params=in_both_languages("corners"))
def corners(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start(*request.param, tmp_path_factory.mktemp("corners"))


@pytest.fixture(scope="session", params=in_both_languages("orders"))
def orders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start(*request.param, tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="session", params=everywhere("mixed", named=True))
def mixed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start(*request.param, tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="session", params=everywhere("packages-ts", named=True))
def packages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start(*request.param, tmp_path_factory.mktemp("packages"))
