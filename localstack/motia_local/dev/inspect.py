"""What `motia dev --inspect` needs: debugpy where the Steps run, and a port."""

from __future__ import annotations

import subprocess
from pathlib import Path

from motia.errors import ProjectError
from motia_local.workers.inspected import InspectedPool
from motia_local.workers.launch import python_launch
from motia_local.workers.python_worker.inspecting import is_free
from motia_project.interpreter import interpreter

_HAS_DEBUGPY = "import sys, importlib.util; sys.exit(importlib.util.find_spec('debugpy') is None)"


def make_inspected_pool(root: Path, port: int) -> InspectedPool:
    """A pool that a debugger can attach to. ProjectError: no debugpy in the project's Python, the port is busy."""
    python = interpreter(root)
    if subprocess.run([python, "-c", _HAS_DEBUGPY], cwd=root, stdin=subprocess.DEVNULL).returncode:
        raise ProjectError(
            "--inspect needs debugpy, which the project's Python does not have",
            where=str(python),
            remedy="add debugpy to requirements.txt and run 'motia install'; bundles get only what Steps import",
        )
    if not is_free(port):
        raise ProjectError(f"port {port} is in use", remedy="stop what uses it, or give another port: --inspect PORT")
    return InspectedPool(python_launch(root), cwd=root, port=port)
