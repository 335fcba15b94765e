"""Parts of bundles: one distribution, one file of the project, the runtime floors, one `motia.json`.

A part is named by what is in it, so it is compiled and compressed once for all Steps and all later builds.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import motia
import motia_handlers
from motia.errors import ProjectError
from motia_project.bundling.archive import Pack, pack
from motia_project.bundling.bytecode import Compiler
from motia_project.bundling.cache import FORMAT, Cache, Memo
from motia_project.bundling.dependencies import Installed
from motia_project.bundling.distributions import Distribution
from motia_project.bundling.sizes import PROJECT

RUNTIME = "motia runtime"
RESERVED = ("motia", "motia_handlers", "motia.json")
_NOT_SHIPPED = ("testing", "testing.py", "node", "__pycache__")


@dataclass(frozen=True)
class File:
    """A file on its way into a bundle. path: there. source: where it is, or what it is. digest: SHA-256 that the part
    is named by, None for what an install put down for good."""

    path: str
    source: Path | bytes
    executable: bool = False
    digest: str | None = None

    def read(self) -> bytes:
        """The content. ProjectError when it is not what the part was named by: a part must keep what its key says."""
        content = self.source if isinstance(self.source, bytes) else self.source.read_bytes()
        if self.digest and hashlib.sha256(content).hexdigest() != self.digest:
            raise ProjectError("the file changed while it was bundled", where=self.path, remedy="build again")
        return content


@dataclass(frozen=True)
class Part:
    """label: the package it is counted under. distribution: its name, for a part that comes out of the install, whose
    files are looked up when it is packed. made_of: (package, file, bytes) that went into the files of code that was
    put together."""

    key: str
    label: str
    files: tuple[File, ...] = ()
    distribution: str | None = None
    made_of: tuple[tuple[str, str, int], ...] = ()


class Parts:
    """Makes the parts of one build and brings the missing ones into the cache."""

    def __init__(self, root: Path, cache: Cache, memo: Memo, installed: Installed, compiler: Compiler | None) -> None:
        self._root = root
        self._cache = cache
        self._memo = memo
        self._installed = installed
        self._compiler = compiler
        self._packs: dict[str, Pack] = {}
        self._distributions: dict[str, Distribution] | None = None

    def distribution(self, name: str) -> Part:
        return Part(self._key(name, self._installed.index.digests[name]), name, distribution=name)

    def project_file(self, path: str) -> Part:
        """A file of the project (relative to the root)."""
        digest, executable = self._memo.identity(self._root / path)
        key = self._key(path, digest, executable)
        return Part(key, PROJECT, (File(path, self._root / path, executable, digest),))

    def files(self, label: str, files: Mapping[str, Path], made_of: tuple[tuple[str, str, int], ...] = ()) -> Part:
        """Files from anywhere, by their paths in the bundle."""
        known = [(path, source, self._memo.identity(source)) for path, source in sorted(files.items())]
        found = [File(path, source, executable, digest) for path, source, (digest, executable) in known]
        key = self._key([(file.path, file.digest, file.executable) for file in found])
        return Part(key, label, tuple(found), made_of=made_of)

    def text(self, path: str, content: str) -> Part:
        return Part(self._key(path, content), RUNTIME, (File(path, content.encode()),))

    def runtime(self) -> Part:
        """The floors that run a Step, from where they are installed."""
        files = []
        for package in (motia, motia_handlers):
            folder = Path(str(package.__file__)).parent
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if path.is_file() and path.suffix != ".pyc" and not set(inside.parts) & set(_NOT_SHIPPED):
                    name = f"{folder.name}/{inside.as_posix()}"
                    files.append(File(name, path, digest=self._memo.digest(path)))
        return Part(self._key([(file.path, file.digest) for file in files]), RUNTIME, tuple(files))

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

    def _files(self, part: Part) -> list[File]:
        if part.distribution is None:
            return list(part.files)
        if self._distributions is None:
            self._distributions = self._installed.distributions()
        chosen = self._distributions[part.distribution].files
        return [File(path, self._installed.site / path, executable) for path, _, executable in chosen]

    def _compile(self, contents: dict[str, list[File]]) -> dict[str, dict[str, bytes]]:
        """Bytecode by part and path of its source."""
        sources = [
            (key, file.path, file.source)
            for key, files in contents.items()
            for file in files
            if self._compiler and isinstance(file.source, Path) and file.path.endswith(".py")
        ]
        found: dict[str, dict[str, bytes]] = {}
        if self._compiler and sources:
            compiled = self._compiler.compile([(source, path) for _, path, source in sources])
            for (key, path, _), content in zip(sources, compiled, strict=True):
                if content:
                    found.setdefault(key, {})[path] = content
        return found

    def _write(self, key: str, files: list[File], bytecode: dict[str, bytes]) -> None:
        packed = [(file.path, file.read(), file.executable) for file in files]
        if self._compiler:
            packed += [(self._compiler.pyc(path), content, False) for path, content in bytecode.items()]
        self._cache.write(self._cache.path("packs", key), pack(sorted(packed, key=lambda one: one[0])))

    def _key(self, *facts: object) -> str:
        compiler = self._compiler.version if self._compiler else None
        return hashlib.sha256(json.dumps([FORMAT, compiler, facts]).encode()).hexdigest()[:40]
