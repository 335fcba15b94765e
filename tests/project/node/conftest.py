"""Projects with TypeScript and JavaScript, written by a test into a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from motia_project.discovery import discover
from motia_project.model import Problem
from motia_project.report import render
from node_sources import api


@pytest.fixture(scope="module")
def messages_by_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, str]]:
    """What a user reads about each of these files, and about steps/good.step.ts, which is good; in one project."""

    def make(files: dict[str, str], *, timeout_s: float = 30.0) -> dict[str, str]:
        root = tmp_path_factory.mktemp("broken") / "shop"
        files = {**files, "steps/good.step.ts": api(name="Good", path="/good")}
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        found: dict[str, list[Problem]] = {name: [] for name in files}
        for problem in discover(root, timeout_s=timeout_s).problems:
            assert problem.file is not None
            found[problem.file].append(problem)
        return {file: render(problems) for file, problems in found.items()}

    return make


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file by its path from the test's folder."""

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    return write
