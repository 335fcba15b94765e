"""Command lines of the workers."""

from __future__ import annotations

from pathlib import Path

from motia_project.interpreter import child_command

from motia_local.workers.fleet import Launch

_PACKAGE = Path(__file__).with_name("python_worker")


def python_launch(root: Path) -> Launch:
    """How to start a worker for Python Steps, in the interpreter of the project at `root`."""

    def launch(socket: int, progress: int) -> list[str]:
        return child_command(root, _PACKAGE / "start.py", str(socket), str(progress), str(root), packages=(_PACKAGE,))

    return launch
