"""TypeScript is compiled and read again exactly when something that its configurations depend on has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from motia_project.discovery import READERS, discover, read_typescript
from motia_project.model import Project
from motia_project.remembered import node_facts, remembered

A = "steps/a.step.ts"
STEP = """
import { topic } from 'lib'
import text from '../src/text.json'
export const config = { type: 'api', name: 'A', path: '/a', method: 'GET', emits: [topic], description: text.text }
export const handler = async () => {}
"""


class Place:
    """A project with a package of a workspace, and how often it was read."""

    def __init__(self, above: Path) -> None:
        self.above = above
        self.root = above / "shop"
        self.reads = 0
        self.write("shop/" + A, STEP)
        self.write("shop/src/text.json", '{"text": "x"}')
        self.write("lib/package.json", '{"name": "lib", "main": "main.ts"}')
        self.write("lib/main.ts", "export const topic: string = 'one'")
        (self.root / "node_modules").mkdir()
        (self.root / "node_modules/lib").symlink_to(above / "lib")

    def write(self, path: str, text: str, age_s: int = 60) -> None:
        """Write a file as if some time ago."""
        file = self.above / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (file.stat().st_mtime - age_s,) * 2)

    def discover(self) -> Project:
        def counted(*arguments):
            self.reads += 1
            return read_typescript(*arguments)

        return discover(self.root, readers={**READERS, "node": remembered(counted, node_facts, name="node")})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("motia_project.remembered._SETTLED_NS", 0)
    return Place(tmp_path)


def test_an_unchanged_project_starts_no_node(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    first = place.discover()
    monkeypatch.setattr("subprocess.Popen", lambda *arguments, **named: pytest.fail("a process was started"))
    assert place.discover() == first
    assert place.reads == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda place: place.write("shop/src/text.json", '{"text": "longer"}'), id="a file that it imports"
        ),
        pytest.param(lambda place: place.write("shop/src/other.txt", ""), id="any file, which it may read"),
        pytest.param(lambda place: place.write("lib/main.ts", "export const topic = 'other'"), id="a linked package"),
        pytest.param(lambda place: place.write("shop/tsconfig.json", "{}"), id="tsconfig.json"),
        pytest.param(lambda place: place.write("tsconfig.json", "{}"), id="tsconfig.json above"),
        pytest.param(lambda place: place.write("package-lock.json", "{}"), id="the lock file of a workspace"),
        pytest.param(lambda place: place.write("shop/node_modules/.package-lock.json", "{}"), id="what is installed"),
        pytest.param(lambda place: place.write("shop/.env", "A=1"), id="an environment variable"),
    ],
)
def test_it_is_read_again_when_something_changed(place: Place, change: Callable[[Place], None]) -> None:
    place.discover()
    change(place)
    place.discover()
    assert place.reads == 2


def test_warnings_are_remembered_errors_are_not(place: Place) -> None:
    place.write("shop/motia.config.ts", "export default { plugins: [] }")
    first = place.discover()
    assert [problem.severity for problem in first.problems] == ["warning"]
    assert place.discover().problems == first.problems
    assert place.reads == 1
    place.write("shop/" + A, "throw new Error('no')")
    place.discover()
    place.discover()
    assert place.reads == 3
