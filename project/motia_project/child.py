"""Start of a child process in the project's interpreter: `child.py PACKAGE_FOLDERS SCRIPT ARGUMENTS...`.

Makes single packages importable by folder, without putting the site-packages they live in on the path, then runs SCRIPT
as `__main__`. Standard library only: the project's interpreter need not have anything else. To be started with -P: the
modules beside this file are nobody's.
"""

import importlib.util
import os
import runpy
import sys
from pathlib import Path
from typing import Any


class _Packages:
    """Finder of a few packages, each by its folder."""

    def __init__(self, folders: list[str]) -> None:
        self.folders = {Path(folder).name: folder for folder in folders}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        folder = self.folders.get(name)
        if folder is None:
            return None
        init = Path(folder) / "__init__.py"
        return importlib.util.spec_from_file_location(name, init, submodule_search_locations=[folder])


def main() -> None:
    folders, script = sys.argv[1], sys.argv[2]
    sys.argv = sys.argv[2:]
    sys.meta_path.insert(0, _Packages(folders.split(os.pathsep)))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
