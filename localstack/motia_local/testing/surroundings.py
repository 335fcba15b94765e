"""This process made to look like the project's own, for a while: its folder, its variables, its modules fresh."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from motia.errors import ProjectError
from motia_local.workers.python_worker.sources import is_project_file
from motia_project.env_file import local_environment
from motia_project.finder import FOLDERS
from motia_project.reading.loading import ProjectImporter

_TESTS = ("test", "tests")


class Surroundings:
    """Entered for the time a project runs in this process; everything is as before afterwards.

    env: on top of `.env` and the environment. isolate: forget the modules of the project that are imported already,
    tests left out, and bring them back in the end.
    """

    def __init__(self, root: Path, env: Mapping[str, str], *, isolate: bool) -> None:
        self._root = root
        self._env = env
        self._isolate = isolate

    def enter(self) -> ProjectImporter:
        """Begin. ProjectError without such a folder or for a `.env` that cannot be read; then nothing has changed."""
        if not self._root.is_dir():
            raise ProjectError(
                f"there is no folder {self._root}", remedy="give the folder that has steps/ or src/ in it"
            )
        environment = {**local_environment(self._root), **self._env}
        self._environ = dict(os.environ)
        self._folder = Path.cwd()
        self._path = list(sys.path)
        self._hooks = list(sys.path_hooks)
        os.environ.update(environment)
        os.chdir(self._root)
        self._modules = self._take_modules() if self._isolate else {}
        sys.path += [str(folder) for folder in _packages(self._root) if str(folder) not in sys.path]
        return ProjectImporter(self._root)

    def leave(self) -> None:
        """End."""
        if self._isolate:
            self._take_modules()
            sys.modules.update(self._modules)
        sys.path[:] = self._path
        sys.path_hooks[:] = self._hooks
        sys.path_importer_cache.clear()
        os.chdir(self._folder)
        for name in os.environ.keys() - self._environ.keys():
            del os.environ[name]
        os.environ.update(self._environ)

    def _take_modules(self) -> dict[str, ModuleType]:
        """The project's modules that are imported, forgotten."""
        found = {name: module for name, module in list(sys.modules.items()) if self._owns(name, module)}
        for name in found:
            del sys.modules[name]
        return found

    def _owns(self, name: str, module: ModuleType) -> bool:
        root = str(self._root)
        file = getattr(module, "__file__", None)
        if file is None:  # a folder without __init__.py
            places = list(getattr(module, "__path__", ()))
            top = name.partition(".")[0]
            return top in FOLDERS and any(str(place).startswith(root) for place in places)
        if name == "__main__" or not is_project_file(root, file):
            return False
        inside = Path(file).relative_to(self._root)
        is_test = inside.name == "conftest.py" or inside.stem.startswith("test_") or inside.stem.endswith("_test")
        return not is_test and not any(part in _TESTS for part in inside.parts[:-1])


def _packages(root: Path) -> list[Path]:
    """Where `motia install` has put the project's requirements, if for this version of Python."""
    folder = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return [path for path in (root / "python_modules" / "lib" / folder / "site-packages",) if path.is_dir()]
