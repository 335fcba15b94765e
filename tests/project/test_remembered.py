"""Configurations are read again exactly when something they could depend on has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from motia_project.discovery import READERS, discover, read_python
from motia_project.remembered import remembered

STEP = """
import json, os, pathlib
from src.shared import TOPIC
from pydantic import BaseModel


class Body(BaseModel):
    name: str


def check(req, context, next_fn): ...


data = json.loads((pathlib.Path(__file__).parent.parent / "data.json").read_text())
config = {"type": "api", "name": data["name"], "path": "/a", "method": "POST", "emits": [TOPIC], "middleware": [check],
          "description": os.environ.get("STAGE", ""), "bodySchema": Body.model_json_schema()}


async def handler(req, context, *rest, key=1): ...
"""


class Place:
    """A project, and how often its Python files were read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reads = 0
        self.write("steps/a_step.py", STEP)
        self.write("src/shared.py", "TOPIC = 'one'")
        self.write("data.json", '{"name": "A"}')

    def write(self, path: str, text: str, age_s: int = 60) -> None:
        """Write a file as if some time ago."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (file.stat().st_mtime - age_s,) * 2)

    def discover(self):
        def counted(*arguments):
            self.reads += 1
            return read_python(*arguments)

        return discover(self.root, readers={**READERS, "python": remembered(counted)})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("motia_project.remembered._SETTLED_NS", 0)
    return Place(tmp_path / "app")


def test_nothing_changed_nothing_read_and_the_project_is_the_same(place):
    first = place.discover()
    assert not [problem for problem in first.problems if problem.severity == "error"]
    assert place.discover() == first
    assert place.reads == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda place: place.write("steps/a_step.py", STEP.replace("/a", "/b")),
        lambda place: place.write("src/shared.py", "TOPIC = 'two'"),
        lambda place: place.write("data.json", '{"name": "B"}'),
        lambda place: place.write(".env", "STAGE=prod"),
        lambda place: os.environ.update(STAGE="prod"),
        lambda place: place.write("python_modules/lib/python3.11/site-packages/new.py", ""),
        lambda place: place.write("steps/b_step.py", STEP),
    ],
    ids=["Step", "module", "data", ".env", "environment", "packages", "new Step"],
)
def test_whatever_a_configuration_could_depend_on_makes_it_read_again(place, change, monkeypatch):
    monkeypatch.setenv("STAGE", "dev")
    place.discover()
    change(place)
    fresh = discover(place.root, readers={**READERS, "python": read_python})
    assert place.discover() == fresh
    assert place.reads == 2


def test_what_was_wrong_is_read_again(place):
    place.write("src/shared.py", "TOPIC = nothing")
    place.discover()
    place.discover()
    assert place.reads == 2


def test_a_file_saved_a_moment_ago_is_not_trusted(place, monkeypatch):
    monkeypatch.setattr("motia_project.remembered._SETTLED_NS", 3_600_000_000_000)
    place.discover()
    place.discover()
    assert place.reads == 2


def test_what_tools_write_into_the_project_does_not_count(place):
    place.discover()
    for path in ("dist/x.zip", ".motia/state.db", "node_modules/x/y.js", "steps/__pycache__/a.pyc"):
        place.write(path, "x")
    place.discover()
    assert place.reads == 1


def test_a_damaged_memory_is_forgotten(place):
    place.discover()
    place.write(".motia/cache/readings-python.json", "{")
    place.discover()
    assert place.reads == 2
