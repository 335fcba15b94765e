"""What `motia dev --inspect` needs: debugpy where Python Steps run, Node's inspector where the others do, and ports."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motia.errors import ProjectError
from motia_local.workers.inspected import InspectedPool
from motia_local.workers.launch import launch_of
from motia_local.workers.pools import Pools
from motia_local.workers.python_worker.inspecting import is_free
from motia_project.finder import find
from motia_project.interpreter import interpreter
from motia_project.model import Language

USUAL: Mapping[Language, int] = {"python": 5678, "node": 9229}
_HAS_DEBUGPY = "import sys, importlib.util; sys.exit(importlib.util.find_spec('debugpy') is None)"


def make_inspected_pools(root: Path, port: int) -> Pools[Any]:
    """Pools that a debugger can attach to. ProjectError: no debugpy in the project's Python, a port is busy."""
    ports = inspector_ports(root, port)
    languages = _languages(root)
    if "python" in languages:
        _need_debugpy(root)
    for taken in sorted(ports[language] for language in languages):
        if not is_free(taken):
            raise ProjectError(
                f"port {taken} is in use", remedy="stop what uses it, or give another port: --inspect PORT"
            )
    return Pools(root, lambda language: InspectedPool(launch_of(language, root), cwd=root, port=ports[language]))


def inspector_ports(root: Path, port: int) -> Mapping[Language, int]:
    """The port of each language's debugger: the usual one, or `port` for the only one, and of two for that of Python,
    and the next one for the other."""
    if not port:
        return USUAL
    only_node = _languages(root) == {"node"}
    return {"python": port + only_node, "node": port + (not only_node)}


def describe_inspectors(root: Path, port: int) -> list[str]:
    """A line for each debugger that the project can use."""
    ports = inspector_ports(root, port)
    debuggers: dict[Language, str] = {"python": "debugpy", "node": "Node's inspector"}
    lines = []
    for language in sorted(_languages(root), reverse=True):
        address = f"127.0.0.1:{ports[language]}"
        lines.append(f"A debugger can attach to {address} ({debuggers[language]}). No time limits.")
    return lines


def _languages(root: Path) -> set[Language]:
    return {file.language for file in find(root)[0]} or {"python"}


def _need_debugpy(root: Path) -> None:
    python = interpreter(root)
    if subprocess.run([python, "-c", _HAS_DEBUGPY], cwd=root, stdin=subprocess.DEVNULL).returncode:
        raise ProjectError(
            "--inspect needs debugpy, which the project's Python does not have",
            where=str(python),
            remedy="add debugpy to requirements.txt and run 'motia install'; bundles get only what Steps import",
        )
