"""Parts of bundles: one distribution, one file of the project, the runtime floors, one `motia.json`.

A part is named by what is in it, so it is compiled and compressed once for all Steps and all later builds.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import motia
import motia_handlers
from motia_project.bundling.archive import Pack, pack
from motia_project.bundling.bytecode import Compiler
from motia_project.bundling.cache import FORMAT, Cache, Memo
from motia_project.bundling.dependencies import Installed
from motia_project.bundling.distributions import Distribution

RUNTIME, PROJECT = "motia runtime", "project files"
RESERVED = ("motia", "motia_handlers", "motia.json")
_NOT_SHIPPED = ("testing", "testing.py", "node", "__pycache__")


@dataclass(frozen=True)
class Part:
    """label: the package it is counted under. distribution: its name, for a part that comes out of the install.
    files: (path in the bundle, file or content, executable), empty for a distribution until it is packed."""

    key: str
    label: str
    files: tuple[tuple[str, Path | bytes, bool], ...] = ()
    distribution: str | None = None


class Parts:
    """Makes the parts of one build and brings the missing ones into the cache."""

    def __init__(self, root: Path, cache: Cache, memo: Memo, installed: Installed, compiler: Compiler | None) -> None:
        self._root = root
        self._cache = cache
        self._memo = memo
        self._installed = installed
        self._compiler = compiler
        self._packs: dict[str, Pack] = {}
        self._read: dict[str, Distribution] | None = None

    def distribution(self, name: str) -> Part:
        return Part(self._key(name, self._installed.index.digests[name]), name, distribution=name)

    def project_file(self, path: str) -> Part:
        """A file of the project (relative to the root)."""
        digest, executable = self._memo.identity(self._root / path)
        key = self._key(path, digest, executable)
        return Part(key, PROJECT, ((path, self._root / path, executable),))

    def text(self, path: str, content: str) -> Part:
        return Part(self._key(path, content), RUNTIME, ((path, content.encode(), False),))

    def runtime(self) -> Part:
        """The floors that run a Step, from where they are installed."""
        files = []
        for package in (motia, motia_handlers):
            folder = Path(str(package.__file__)).parent
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if path.is_file() and path.suffix != ".pyc" and not set(inside.parts) & set(_NOT_SHIPPED):
                    files.append((f"{folder.name}/{inside.as_posix()}", path, False))
        digests = [(name, self._memo.digest(path)) for name, path, _ in files]
        return Part(self._key(digests), RUNTIME, tuple(files))

    def pack(self, part: Part) -> Pack:
        """The packed part; `prepare` must have seen it."""
        if part.key not in self._packs:
            self._packs[part.key] = Pack(self._cache.path("packs", part.key))
        return self._packs[part.key]

    def prepare(self, parts: Iterable[Part]) -> None:
        """Compile and compress the parts that are not in the cache yet."""
        missing = {part.key: part for part in parts if not self._usable(part)}
        if not missing:
            return
        contents = {key: self._files(part) for key, part in missing.items()}
        bytecode = self._compile(contents)
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
            list(pool.map(lambda key: self._write(key, contents[key], bytecode.get(key, {})), missing))

    def _usable(self, part: Part) -> bool:
        try:
            self.pack(part)
        except (OSError, ValueError):  # absent, or not what this version writes
            return False
        return True

    def _files(self, part: Part) -> list[tuple[str, Path | bytes, bool]]:
        if part.distribution is None:
            return list(part.files)
        site = self._installed.site
        chosen = self._distributions()[part.distribution].files
        return [(path, site / path, executable) for path, _, executable in chosen]

    def _distributions(self) -> dict[str, Distribution]:
        if self._read is None:
            self._read = self._installed.distributions()
        return self._read

    def _compile(self, contents: dict[str, list[tuple[str, Path | bytes, bool]]]) -> dict[str, dict[str, bytes]]:
        """Bytecode by part and path of its source."""
        sources = [
            (key, path, file)
            for key, files in contents.items()
            for path, file, _ in files
            if self._compiler and isinstance(file, Path) and path.endswith(".py")
        ]
        found: dict[str, dict[str, bytes]] = {}
        if self._compiler and sources:
            compiled = self._compiler.compile([(file, path) for _, path, file in sources])
            for (key, path, _), content in zip(sources, compiled, strict=True):
                if content:
                    found.setdefault(key, {})[path] = content
        return found

    def _write(self, key: str, files: list[tuple[str, Path | bytes, bool]], bytecode: dict[str, bytes]) -> None:
        packed = [(path, file if isinstance(file, bytes) else file.read_bytes(), mode) for path, file, mode in files]
        if self._compiler:
            packed += [(self._compiler.pyc(path), content, False) for path, content in bytecode.items()]
        self._cache.write(self._cache.path("packs", key), pack(sorted(packed, key=lambda one: one[0])))

    def _key(self, *facts: object) -> str:
        compiler = self._compiler.version if self._compiler else None
        return hashlib.sha256(json.dumps([FORMAT, compiler, facts]).encode()).hexdigest()[:40]
