"""Tests written in TypeScript: `*.test.ts` in a folder named `node` is one item of pytest, run by `node:test`.

A file is bundled by esbuild with the sources it imports (`@motia/runtime/emit.ts`, `@motia/project/compile.ts`, and
`motia` for what Steps import) and finds npm packages in `tests/node`. `import.meta.dirname` is the folder of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import node_packages

ROOT = Path(__file__).resolve().parents[1]
ALIASES = {
    "@motia/runtime": ROOT / "runtime/node/src",
    "@motia/project": ROOT / "project/motia_project/node/src",
    "@motia/local": ROOT / "localstack/motia_local/workers/node_worker",
    "motia": ROOT / "runtime/node/src/index.ts",
    "@motiadev/core": ROOT / "runtime/node/src/index.ts",
}
TIMEOUT_S = 150


class NodeFailure(Exception):
    """What esbuild or the test runner of Node said."""


class NodeFile(pytest.File):
    """A file of tests in TypeScript."""

    def collect(self) -> Iterator[pytest.Item]:
        yield NodeItem.from_parent(self, name="node")


class NodeItem(pytest.Item):
    """All tests of one file."""

    def runtest(self) -> None:
        folder = node_packages.install()
        compiled = compile_test(self.path, folder)
        try:
            command = ["node", "--enable-source-maps", "--test-reporter=spec", str(compiled)]
            environment = {**os.environ, "NO_COLOR": "1", "NODE_PATH": ""}
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        finally:
            compiled.unlink()
            compiled.with_name(f"{compiled.name}.map").unlink()
        if done.returncode:
            raise NodeFailure(f"{failures(done.stdout)}\n{done.stderr}".strip())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NodeFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, str(self.path.relative_to(ROOT))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NodeFile | None:
    """Named like the hook it is: `tests/conftest.py` imports it."""
    if file_path.name.endswith(".test.ts") and file_path.parent.name == "node":
        return NodeFile.from_parent(parent, path=file_path)
    return None


def compile_test(file: Path, folder: Path) -> Path:
    """The bundle of a test, in a place from which the packages in `folder` are found. NodeFailure says why not."""
    name = hashlib.sha256(f"{file}\0{os.getpid()}".encode()).hexdigest()[:16]
    bundle = folder / "node_modules" / ".tests" / f"{file.name.removesuffix('.ts')}-{name}.mjs"
    command = [
        str(folder / "node_modules/.bin/esbuild"),
        str(file),
        f"--outfile={bundle}",
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--target=node20",
        "--packages=external",
        "--sourcemap",
        "--log-level=warning",
        "--color=false",
        f"--define:import.meta.dirname={json.dumps(str(file.parent))}",
        *(f"--alias:{name}={path}" for name, path in ALIASES.items()),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise NodeFailure(done.stderr)
    return bundle


def failures(output: str) -> str:
    """The part of a report that tells of what failed."""
    _, found, told = output.partition("failing tests:")
    return told.strip() if found else output.strip()
