"""The emulator's own environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from motia.errors import CloudError
from motia_local.emulator import MINISTACK_VERSION, ensure_installed
from motia_local.emulator.install import cache_dir, python_of


@pytest.mark.emulator
def test_it_runs_the_same_python_as_the_steps() -> None:
    python = python_of(ensure_installed())
    script = "import sys, ministack.app as app; print(sys.version_info[:2], app._version())"
    answer = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True).stdout
    assert answer.strip() == f"{tuple(sys.version_info[:2])} {MINISTACK_VERSION}"


@pytest.mark.emulator
def test_an_installed_emulator_is_not_installed_again() -> None:
    ensure_installed()
    said: list[str] = []
    ensure_installed(said.append)
    assert said == []


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "motia"


def test_an_install_without_network_says_so_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(CloudError) as refused:
        ensure_installed()
    assert "AWS_ENDPOINT_URL" in (refused.value.remedy or "")
    assert list((tmp_path / "motia" / "emulator").iterdir()) == []


def test_a_cache_that_cannot_be_written_to_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(CloudError, match="cannot be installed"):
        ensure_installed()


def test_a_python_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CloudError) as refused:
        ensure_installed(python=tmp_path / "python")
    assert refused.value.where == str(tmp_path / "python")
