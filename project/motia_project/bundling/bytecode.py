"""Bytecode for the target, made ahead: a cold start without it compiles every module that it imports.

An interpreter of the target's minor version must be at hand, the project's own or ours; otherwise bundles carry
sources only. Lambda's folder is read-only and its sources have a fixed time, so the files are unchecked.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from motia.errors import ProjectError
from motia_project.bundling.target import Target
from motia_project.interpreter import interpreter

_CHILD = Path(__file__).with_name("compile_child.py")
_FEW = 24  # files that are not worth a second process


@dataclass(frozen=True)
class Compiler:
    """An interpreter whose bytecode the target runs. version: all of it, since any release may compile otherwise."""

    python: Path
    version: str

    @property
    def tag(self) -> str:
        """The `cpython-313` in the name of a .pyc file."""
        major, minor, *_ = self.version.split(".")
        return f"cpython-{major}{minor}"

    def pyc(self, path: str) -> str:
        """Where the bytecode of the source file at `path` belongs."""
        folder, _, name = path.rpartition("/")
        cached = f"__pycache__/{name.removesuffix('.py')}.{self.tag}.pyc"
        return f"{folder}/{cached}" if folder else cached

    def compile(self, sources: list[tuple[Path, str]]) -> list[bytes]:
        """.pyc contents of (file, path in the bundle), empty for what is not Python of this version."""
        workers = 1 if len(sources) <= _FEW else min(os.cpu_count() or 1, 8)
        shares = [sources[start::workers] for start in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            done = list(pool.map(self._run, shares))
        return [done[place % workers][place // workers] for place in range(len(sources))]

    def _run(self, sources: list[tuple[Path, str]]) -> list[bytes]:
        if not sources:
            return []
        names = json.dumps([(str(file), name) for file, name in sources]).encode()
        # Nothing but the standard library is loaded, and nothing of the environment decides what the bytecode is.
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
        command = [str(self.python), "-S", "-s", "-B", "-W", "ignore", str(_CHILD)]
        done = subprocess.run(command, input=names, env=environment, capture_output=True)
        if done.returncode != 0:
            raise ProjectError(
                f"the interpreter that should make bytecode failed: {done.stderr.decode(errors='replace').strip()}",
                where=str(self.python),
                remedy="run `motia install` to make the project's environment anew",
            )
        output = done.stdout
        contents, start = [], 0
        while start < len(output):
            (length,) = struct.unpack_from("<I", output, start)
            contents.append(output[start + 4 : start + 4 + length])
            start += 4 + length
        return contents


def find_compiler(root: Path, target: Target) -> Compiler | None:
    """The interpreter that compiles for `target`, None when neither the project's nor ours has its minor version."""
    for python in (interpreter(root), Path(sys.executable)):
        version = _version(python)
        if version and version.split(".")[:2] == ["3", str(target.minor)]:
            return Compiler(python, version)
    return None


def _version(python: Path) -> str | None:
    """Full version of an interpreter, from the `pyvenv.cfg` of its virtual environment or by asking it."""
    if python == Path(sys.executable):
        return ".".join(map(str, sys.version_info[:3]))
    configuration = python.parent.parent / "pyvenv.cfg"
    if configuration.is_file():
        found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)", configuration.read_text(), re.MULTILINE)
        if found:
            return found[1]
    asked = subprocess.run(
        [str(python), "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True
    )
    return asked.stdout.strip() or None
