"""Starts an app in a place: copied into a folder of its own, served or deployed, and stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parity.places import ROOT, Deployed, Dev, Place, Start

APPS = {
    "chat": ROOT / "tests/parity/apps/chat",
    "corners": ROOT / "tests/parity/apps/corners",
    "orders": ROOT / "examples/orders",
    "reference": ROOT / "tests/conformance/apps/reference",
}
LOCAL = {"dev": Dev, "start": Start}
PLACES = (*LOCAL, "emulator")


def everywhere(app: str) -> list[Any]:
    """A fixture's parameters; all tests of an app in a place share one worker of a parallel run."""
    return [pytest.param(place, marks=pytest.mark.xdist_group(f"{app}-{place}")) for place in PLACES]


def start(app: str, where: str, folder: Path) -> Iterator[Place]:
    root = folder / app
    shutil.copytree(APPS[app], root, ignore=shutil.ignore_patterns(".motia", "dist", "python_modules", "__pycache__"))
    place: Dev | Deployed = LOCAL[where](root) if where in LOCAL else Deployed(root, app)
    if isinstance(place, Deployed):
        place.deploy(*(["-e", ".env"] if (root / ".env").exists() else []))
    try:
        yield place
    finally:
        place.stop()
