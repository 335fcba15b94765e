"""All TypeScript of this repository type checks, strictly."""

import subprocess
from pathlib import Path

import pytest

import node_packages

PROJECTS = ["tests/node/tsconfig.json", "tests/runtime/node/types/tsconfig.json"]


@pytest.mark.parametrize("project", PROJECTS)
def test_it_type_checks(project: str) -> None:
    folder = node_packages.install()
    root = Path(__file__).resolve().parents[1]
    command = [str(folder / "node_modules/.bin/tsc"), "-p", str(root / project), "--pretty", "false"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
