"""Which Node the functions of TypeScript Steps run on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from motia_local.emulator import node


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version manager's `node`, which needs the user's HOME; the folder it is in, alone on the PATH."""
    real = shutil.which("node")
    assert real
    folder, home = tmp_path / "shims", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (home / "chosen").symlink_to(real)
    (folder / "node").write_text('#!/bin/sh\nexec "$HOME/chosen" "$@"\n')
    (folder / "node").chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{folder}:/nowhere")
    return folder


def test_it_is_the_one_that_a_version_manager_chooses(shim: Path, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    first, *rest = (node.path(tmp_path) or "").split(":")
    assert shutil.which("node", path=first) != str(shim / "node")
    assert rest == [str(shim), "/nowhere"]


def test_a_project_without_typescript_needs_none(shim: Path, tmp_path: Path) -> None:
    assert node.path(tmp_path) == f"{shim}:/nowhere"


def test_a_node_that_does_not_start_changes_nothing(shim: Path, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "home/chosen").unlink()
    assert node.path(tmp_path) == f"{shim}:/nowhere"
