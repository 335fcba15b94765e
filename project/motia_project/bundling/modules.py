"""Where the modules of a project lie: dotted names to files, as Python's own path finder would see them.

The project's root is on `sys.path`, so `steps.x` is `steps/x.py`; a relative import may climb up to the root, which is
a package too. A folder without `__init__.py` is a namespace and yields to a regular package of the same name elsewhere.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_BINARY = (".so", ".pyd")


@dataclass(frozen=True)
class Module:
    """files: what importing it brings along, parents' `__init__.py` first, relative to the root. namespace: the
    module is only a folder. folder: where its submodules lie, None for a plain module."""

    files: tuple[str, ...]
    folder: str | None = None
    namespace: bool = False


class ProjectModules:
    """Looks modules up below `root`; remembers folders it has read, so use one for one build."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders: dict[str, dict[str, bool]] = {}

    def find(self, dotted: str, base: str = "") -> Module | None:
        """The module of this name below the folder `base` (relative to the root, "" for the root itself)."""
        files = list(self.packages(base)) if base else []
        namespace = not (base and self._is_file(f"{base}/__init__.py"))
        folder: str | None = base
        for part in dotted.split(".") if dotted else []:
            if folder is None:
                return None
            module = self._child(folder, part)
            if module is None:
                return None
            files += module.files
            folder, namespace = module.folder, module.namespace
        return Module(tuple(files), folder, namespace)

    def packages(self, folder: str) -> tuple[str, ...]:
        """The `__init__.py` of a folder and of those above it, outermost first, without the root's own."""
        parts = folder.split("/")
        names = ("/".join((*parts[: i + 1], "__init__.py")) for i in range(len(parts)))
        return tuple(name for name in names if self._is_file(name))

    def tree(self, module: Module) -> tuple[str, ...]:
        """Every Python file of a package, for one whose submodules are imported by computed names."""
        if module.folder is None:
            return module.files
        top = self.root / module.folder
        found = [p.relative_to(self.root).as_posix() for p in top.rglob("*.py") if "__pycache__" not in p.parts]
        return (*module.files, *sorted(found))

    def names(self, folder: str = "") -> list[str]:
        """Importable names in a folder, for suggestions."""
        entries = self._read(folder)
        return sorted(
            name.partition(".")[0] for name, is_file in entries.items() if name.endswith(".py") or not is_file
        )

    def _child(self, folder: str, name: str) -> Module | None:
        entries = self._read(folder)
        inside = f"{folder}/{name}" if folder else name
        if entries.get(name) is False and self._is_file(f"{inside}/__init__.py"):
            return Module((f"{inside}/__init__.py",), inside)
        for file, is_file in entries.items():
            if is_file and _is_module(file, name):
                return Module((f"{folder}/{file}" if folder else file,))
        return Module((), inside, namespace=True) if entries.get(name) is False else None

    def _is_file(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return self._read(folder).get(name) is True

    def _read(self, folder: str) -> dict[str, bool]:
        """Names in a folder, True for files."""
        if folder not in self._folders:
            try:
                with os.scandir(self.root / folder) as entries:
                    self._folders[folder] = {entry.name: entry.is_file() for entry in entries}
            except (FileNotFoundError, NotADirectoryError):
                self._folders[folder] = {}
        return self._folders[folder]


def _is_module(file: str, name: str) -> bool:
    return file == f"{name}.py" or (file.startswith(f"{name}.") and file.endswith(_BINARY))


# Never looked up on sys.path: built into the interpreter, or frozen into it and loaded before the first Step.
BUILT_IN = frozenset(sys.builtin_module_names) | {
    *("abc", "codecs", "genericpath", "importlib", "io", "ntpath", "os", "posixpath", "runpy", "site", "stat"),
    *("zipimport", "_collections_abc", "encodings"),
}
