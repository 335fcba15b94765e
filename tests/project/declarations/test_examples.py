"""The examples in TypeScript: their `types.d.ts` is current, and `tsc` finds nothing wrong with them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import node_packages
from motia_project.checks import require_valid
from motia_project.declarations import write_types
from motia_project.discovery import discover
from motia_project.node.types_package import put_types_package

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", ["orders-ts", "support-desk"])
def test_an_example_is_as_its_types_say(name: str, tmp_path: Path) -> None:
    root = tmp_path / name
    made = ("node_modules", "python_modules", ".motia", "dist", "__pycache__")
    shutil.copytree(EXAMPLES / name, root, ignore=shutil.ignore_patterns(*made))
    node_packages.link(root)
    project = discover(root)
    assert require_valid(project) == ()
    assert not write_types(project).changed, f"run `motia generate-types` in examples/{name}"
    put_types_package(root)
    command = ["node", node_packages.FOLDER / "node_modules/typescript/bin/tsc", "--pretty", "false"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.stdout == ""
