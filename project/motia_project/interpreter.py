"""Which Python runs the project's own code, and how a child of ours starts in it.

The project's virtual environment (`python_modules`, made by `motia install`) is used when it is there, otherwise the
interpreter this tool runs on. A child sees our bundled packages and nothing else of our environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import motia
import motia_handlers

_CHILD = Path(__file__).with_name("child.py")


def interpreter(root: Path) -> Path:
    """The Python that runs the Steps of the project at `root`."""
    for candidate in ("python_modules/bin/python", "python_modules/Scripts/python.exe"):
        if (root / candidate).exists():
            return root / candidate
    return Path(sys.executable)


def child_command(root: Path, script: Path, *arguments: str, packages: tuple[Path, ...] = ()) -> list[str]:
    """Command line that runs `script` in the project's interpreter with `motia` and `motia_handlers` importable.

    packages: further package folders of ours that the child may import.
    """
    folders = [Path(package).parent for package in (motia.__file__ or "", motia_handlers.__file__ or "")]
    names = os.pathsep.join(str(folder) for folder in (*folders, *packages))
    return [str(interpreter(root)), "-P", str(_CHILD), names, str(script), *arguments]
