"""Imports the project's files as they are on disk this moment, under the names they have when they run.

Bytecode of the project's own modules is neither read nor written: a cached file is trusted by whole seconds, and a
configuration must not be older than its source.
"""

from __future__ import annotations

import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from motia.errors import StepLoadError
from motia.loading import load_module

FOREIGN = frozenset({"python_modules", ".venv", "venv", "site-packages", "node_modules", ".motia"})


class ProjectImporter:
    """Loads files of the project at `root` (absolute, links resolved)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        sys.path_hooks.insert(0, self._finder)
        sys.path_importer_cache.clear()

    def load(self, file: str) -> ModuleType:
        """Import a file by its posix path from the root. Whatever the file raises passes through."""
        try:
            return load_module(self.root, file)
        except StepLoadError as wrong:
            # The loader words errors for a log; here the error itself is wanted, with its place in the source.
            if wrong.__context__ is not None:
                raise wrong.__context__ from None
            raise

    def owns(self, path: str) -> bool:
        """Whether a file or folder is the user's code: inside the project, outside of the environments in it."""
        if path.startswith("<"):  # not a file: "<frozen importlib._bootstrap>", "<string>"
            return False
        inside = Path.cwd() / path
        return inside.is_relative_to(self.root) and FOREIGN.isdisjoint(inside.relative_to(self.root).parts)

    def relative(self, path: str) -> str:
        """The path of one of the user's files from the root."""
        return (Path.cwd() / path).relative_to(self.root).as_posix()

    def _finder(self, path: str) -> Any:
        if not self.owns(path):
            raise ImportError(path)
        return FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_FreshLoader, SOURCE_SUFFIXES))


def is_utf16(source: bytes) -> bool:
    """Whether a source looks like UTF-16, as some editors of Windows save it."""
    return source.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in source[:2]


class _FreshLoader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        if is_utf16(source):  # Python has several errors for it, not all with the file's name
            raise SyntaxError("it is UTF-16", (path, 1, None, None))
        code: CodeType = self.source_to_code(source, path)
        return code
