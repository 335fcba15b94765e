"""Programs in TypeScript on the client of the Node runtime (`tests/handlers/node/programs`), worked line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import node_packages

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "tests/handlers/node/programs"
NODE = shutil.which("node") or "node"


class NodeError(Exception):
    """What a call failed with. name: of the error's class."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Program:
    """A running program. log: the records it wrote."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked = 0
        self.log: list[dict[str, Any]] = []

    def say(self, line: Any) -> Any:
        """Write a line and read one."""
        self._write(line)
        return self._read()

    def begin(self, name: str, *given: Any) -> int:
        """Make a call; gives what to `end` it with."""
        self._asked += 1
        self._write([self._asked, name, given])
        return self._asked

    def end(self, id: int) -> Any:
        """What a call gives. NodeError."""
        while id not in self._answers:
            line = self._read()
            if "level" in line:
                self.log.append(line)
            else:
                self._answers[line["id"]] = line
        answer = self._answers.pop(id)
        if "error" in answer:
            raise NodeError(answer["error"]["name"], answer["error"]["message"])
        return answer["value"]

    def call(self, name: str, *given: Any) -> Any:
        """Such as `call("state.get", "group", "key")`."""
        return self.end(self.begin(name, *given))

    def _write(self, line: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the program has ended"
        return json.loads(line)


def compiled(name: str, folder: Path) -> Path:
    """The program as one module in a folder, where it is looked for first."""
    bundle = folder / f"{name}.mjs"
    if not bundle.exists():
        command = [
            str(node_packages.install() / "node_modules/.bin/esbuild"),
            str(SOURCES / f"{name}.ts"),
            f"--outfile={bundle}",
            f"--alias:@motia/runtime={ROOT / 'runtime/node/src'}",
            *("--bundle", "--platform=node", "--format=esm", "--target=node20", "--log-level=warning"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    return bundle


@contextmanager
def started(program: Path, environ: Mapping[str, str]) -> Iterator[Program]:
    """Run a compiled program until the block ends."""
    process = subprocess.Popen(
        [NODE, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(environ)
    )
    try:
        yield Program(process)
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait(30)
        process.stdout.close()
