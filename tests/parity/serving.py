"""Starts an app in a place: copied into a folder of its own, served or deployed, and stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import node_packages
from parity.places import ROOT, Deployed, Dev, Place, Start

APPS = {
    "chat": ROOT / "tests/parity/apps/chat",
    "chat-ts": ROOT / "tests/parity/apps/chat-ts",
    "corners": ROOT / "tests/parity/apps/corners",
    "corners-ts": ROOT / "tests/parity/apps/corners-ts",
    "kept-ts": ROOT / "tests/parity/apps/kept-ts",
    "mixed": ROOT / "tests/parity/apps/mixed",
    "orders": ROOT / "examples/orders",
    "orders-ts": ROOT / "examples/orders-ts",
    "packages-ts": ROOT / "tests/parity/apps/packages-ts",
    "reference": ROOT / "tests/conformance/apps/reference",
    "reference-ts": ROOT / "tests/conformance/apps/reference-ts",
    "support-desk": ROOT / "examples/support-desk",
}
LOCAL = {"dev": Dev, "start": Start}
PLACES = (*LOCAL, "emulator")
LATER = {
    ("chat", "start"),
    ("chat-ts", "dev"),
    ("corners", "start"),
    ("corners", "emulator"),
    ("corners-ts", "dev"),
    ("reference", "start"),
    ("reference", "emulator"),
    ("reference-ts", "dev"),
}
"""Slow: the app's twin in the other language runs there, and the app itself elsewhere, in the fast tests."""


def everywhere(app: str, *, named: bool = False) -> list[Any]:
    """A fixture's parameters; all tests of an app in a place share one worker of a parallel run. named: (app, place)
    instead of the place, for a fixture of several apps."""
    found = []
    for place in PLACES:
        marks = [pytest.mark.xdist_group(f"{app}-{place}"), *([pytest.mark.slow] if (app, place) in LATER else [])]
        name = f"{app}-{place}" if named else place
        found.append(pytest.param((app, place) if named else place, id=name, marks=marks))
    return found


def in_both_languages(app: str) -> list[Any]:
    """Parameters of a fixture that gives an app and its twin in TypeScript, everywhere, for `start(*param, ...)`."""
    return [*everywhere(app, named=True), *everywhere(f"{app}-ts", named=True)]


def start(app: str, where: str, folder: Path, environment: str = "") -> Iterator[Place]:
    """environment: the text of its `.env`, if it has none of its own."""
    root = folder / app
    made = (".motia", "dist", "python_modules", "node_modules", "__pycache__")
    shutil.copytree(APPS[app], root, ignore=shutil.ignore_patterns(*made))
    if environment:
        (root / ".env").write_text(environment)
    if (root / "package.json").exists():
        node_packages.link(root)
    place: Dev | Deployed = LOCAL[where](root) if where in LOCAL else Deployed(root, app)
    if isinstance(place, Deployed):
        place.deploy(*(["-e", ".env"] if (root / ".env").exists() else []))
    try:
        yield place
    finally:
        place.stop()
