"""What decides a build besides its project: this tool, its interpreter, the environment, what is installed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import motia
import motia_handlers
import motia_project
from motia_project.last_build.look import Looks, look

_OF_THE_TERMINAL = {"_", "SHLVL", "OLDPWD", "COLUMNS", "LINES", "TERM", "TERM_SESSION_ID", "WINDOWID", "SSH_TTY"}
_OURS = (".py", ".ts", ".json")
_LOCKS = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "pnpm-workspace.yaml")
_INSTALLED = (".package-lock.json", ".yarn-integrity", ".modules.yaml")


def fingerprint(*wanted: object) -> str:
    """Changes with this tool, its interpreter, the environment variables, and what was `wanted` of the build."""
    facts: list[Any] = [
        [sys.executable, sys.version],
        sorted((name, value) for name, value in os.environ.items() if name not in _OF_THE_TERMINAL),
        list(_tool()),
        [str(one) for one in wanted],
    ]
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogateescape")).hexdigest()


def surroundings(root: Path) -> Looks:
    """Looks at what is installed for the project, and at the files above it that Node and TypeScript search for."""
    watched = [*_python(root), *_node(root)]
    return {str(path): look(path) for path in watched}


def node_surroundings(root: Path) -> Looks:
    """The part of `surroundings` that decides where Node and TypeScript find what is imported."""
    return {str(path): look(path) for path in _node(root)}


def _tool() -> Iterator[list[Any]]:
    """Our own code, and the folder that has our dependencies: installing or removing one touches it."""
    for package in (motia, motia_handlers, motia_project):
        yield from _code(str(Path(str(package.__file__)).parent))
    node = Path(str(motia.__file__)).parents[1] / "node"  # of a checkout; in a wheel it is inside of motia
    if node.is_dir():
        yield from _code(str(node))
    for folder in dict.fromkeys(path for path in sys.path if path.endswith("site-packages")):
        yield [folder, look(folder)]


def _code(folder: str) -> Iterator[list[Any]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name not in ("__pycache__", "node_modules"):
                yield from _code(entry.path)
        elif entry.name.endswith(_OURS):
            stat = entry.stat()
            yield [entry.path, stat.st_size, stat.st_mtime_ns]


def _python(root: Path) -> Iterator[Path]:
    environment = root / "python_modules"
    yield environment
    yield environment / "pyvenv.cfg"
    for name in ("bin/python", "Scripts/python.exe"):
        yield environment / name
    for pattern in ("lib/*/site-packages", "Lib/site-packages"):
        yield from environment.glob(pattern)


def _node(root: Path) -> Iterator[Path]:
    yield Path(shutil.which("node") or "node")
    for folder in (root, *root.parents):
        yield from (folder / name for name in ("package.json", "tsconfig.json", "node_modules", *_LOCKS))
        yield from (folder / "node_modules" / name for name in _INSTALLED)
