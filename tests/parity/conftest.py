"""The parity cases run in every place: each app is copied, started there once for the session, and stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.places import ROOT, Deployed, Dev, Place

APPS = {"corners": ROOT / "tests/parity/apps/corners", "orders": ROOT / "examples/orders"}
PLACES = ["dev", "emulator"]


def start(app: str, where: str, folder: Path) -> Iterator[Place]:
    root = folder / app
    shutil.copytree(APPS[app], root, ignore=shutil.ignore_patterns(".motia", "dist", "python_modules", "__pycache__"))
    place: Dev | Deployed = Dev(root) if where == "dev" else Deployed(root, app)
    if isinstance(place, Deployed):
        place.deploy()
    try:
        yield place
    finally:
        place.stop()


@pytest.fixture(scope="session", params=[pytest.param(p, marks=pytest.mark.xdist_group(f"corners-{p}")) for p in PLACES])
def corners(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start("corners", request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session", params=[pytest.param(p, marks=pytest.mark.xdist_group(f"orders-{p}")) for p in PLACES])
def orders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from start("orders", request.param, tmp_path_factory.mktemp(request.param))
