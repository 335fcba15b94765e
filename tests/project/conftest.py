"""Projects written by a test into a folder of their own."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from motia_project.checks import validate
from motia_project.discovery import discover
from motia_project.model import Project
from motia_project.report import render

Files = dict[str, str | bytes]


def write(root: Path, files: Files) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode())
    return root


@pytest.fixture
def write_project(tmp_path: Path) -> Callable[[Files], Path]:
    """Writes files into a new project, the folder `shop`; its root."""

    def make(files: Files) -> Path:
        root = tmp_path / "shop"
        root.mkdir(exist_ok=True)
        return write(root, files)

    return make


@pytest.fixture
def project_of(write_project: Callable[[Files], Path]) -> Callable[..., Project]:
    """The Project that these files make."""

    def make(files: Files, *, timeout_s: float = 30.0) -> Project:
        return discover(write_project(files), timeout_s=timeout_s)

    return make


@pytest.fixture
def message_for(project_of: Callable[..., Project]) -> Callable[..., str]:
    """What a user reads about a project of these files."""

    def make(files: Files, *, timeout_s: float = 30.0, place: str = "aws") -> str:
        return render(validate(project_of(files, timeout_s=timeout_s), place=place))

    return make
