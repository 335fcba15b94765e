"""Command lines of the workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import motia_project
from motia_local.workers.fleet import Launch
from motia_local.workers.pool import WorkerPool
from motia_project.interpreter import child_command

_PACKAGE = Path(__file__).with_name("python_worker")
_PROJECT = Path(motia_project.__file__ or "").parent  # how configurations are read


def make_pool(root: Path, size: int | None = None) -> WorkerPool:
    """A pool for the Python Steps of the project at `root`."""
    return WorkerPool(python_launch(root), cwd=root, size=size)


def python_launch(root: Path) -> Launch:
    """How to start a worker for Python Steps, in the interpreter of the project at `root`."""

    def launch(socket: int, progress: int) -> list[str]:
        return child_command(
            root, _PACKAGE / "start.py", str(socket), str(progress), str(root), packages=(_PACKAGE, _PROJECT)
        )

    return launch


def adapter_launch(root: Path) -> Callable[[int], list[str]]:
    """How to start the process of the adapters of the project at `root`."""

    def launch(socket: int) -> list[str]:
        return child_command(root, _PACKAGE / "start_adapters.py", str(socket), str(root), packages=(_PACKAGE,))

    return launch
