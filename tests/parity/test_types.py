"""The TypeScript apps of these tests are what an author would write: `tsc --strict` accepts them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import node_packages
from motia_project.declarations import write_types
from motia_project.discovery import discover
from motia_project.node.types_package import put_types_package
from parity.serving import APPS

OURS = [app for app, folder in APPS.items() if "parity" in folder.parts and (folder / "tsconfig.json").exists()]


@pytest.mark.parametrize("app", OURS)
def test_an_app_type_checks_with_its_generated_types(app: str, tmp_path: Path) -> None:
    root = tmp_path / app
    shutil.copytree(APPS[app], root)
    node_packages.link(root)
    put_types_package(root)
    project = discover(root)
    assert project.problems == ()
    write_types(project)
    command = ["node", str(root / "node_modules/typescript/bin/tsc"), "-p", str(root), "--pretty", "false"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
