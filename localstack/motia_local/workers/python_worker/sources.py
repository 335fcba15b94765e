"""The project's own modules are always compiled from their source.

A .pyc is trusted by the second its source was saved in and its size, so a file saved twice within a second can run as
its older self. Packages outside the project keep their bytecode: compiling them again would cost every start.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from typing import Any

FOREIGN = ("python_modules", ".venv", "venv", "site-packages", "dist-packages", "node_modules")
MOST_MODULES = 10_000
_OURS = ("__main__", "motia", "motia_handlers", "motia_project", "python_worker")


def is_project_file(root: str, path: str) -> bool:
    """Whether `path` is code of the project at `root` (both absolute), not of a package installed below it."""
    if not path.startswith(root + os.sep):
        return False
    return not any(part in FOREIGN for part in path[len(root) :].split("/"))


def compile_always(root: str) -> None:
    """Neither read nor write bytecode of the project at `root` from now on."""
    stats_of_any = SourceFileLoader.path_stats

    def path_stats(self: SourceFileLoader, path: Any) -> Any:
        if is_project_file(root, str(path)):
            raise OSError("the bytecode of this file is not used")
        return stats_of_any(self, path)

    SourceFileLoader.path_stats = path_stats  # type: ignore[method-assign]


def foreign_modules(root: str) -> list[str]:
    """Modules that have been imported from outside the project, in order: what a spare can import ahead."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name.partition(".")[0] not in _OURS:
            path = os.path.abspath(file)  # noqa: PTH100 - pathlib is slow, and these are many
            if not is_project_file(root, path):
                found.append(name)
    return found[:MOST_MODULES]
