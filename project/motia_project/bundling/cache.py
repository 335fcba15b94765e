"""What earlier builds learned, below `.motia/cache`. Everything in it may be deleted at any time.

    memo.json     size, times and inode of a project file -> its hash; hash of a Python file -> its imports
    deps/KEY/     one install of the requirements for one target, and its index
    packs/KEY     files of one distribution, or one file of the project, ready to be copied into a zip
    node/KEY/     bundles of TypeScript and JavaScript as esbuild made them; last-TARGET.json: of what
    zips/KEY      finished bundles by fingerprint, each with a .json of sizes
    used/         what the last build of each target used; the rest is removed in time

Every entry appears by a rename, so an interrupted build leaves nothing half-written under a final name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

FORMAT = 1  # of everything in the cache and in bundles; raising it rebuilds all
_SETTLED_NS = 2_000_000_000  # a file changed within its clock's granularity could change again unseen
_KEPT_S = {"zips": 3600, "packs": 7 * 86_400, "deps": 7 * 86_400, "node": 3600}


class Cache:
    """The cache folder of one project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key

    def temporary(self) -> Path:
        """A name on the cache's file system that nobody else uses."""
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder / uuid.uuid4().hex

    def write(self, path: Path, content: bytes) -> None:
        """Create or replace a file in one step."""
        temporary = self.temporary()
        temporary.write_bytes(content)
        self.place(temporary, path)

    def place(self, temporary: Path, path: Path) -> None:
        """Give a finished file or folder its name. An equal entry that another build placed first wins."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.replace(path)
        except OSError:  # a folder of this name is there and not empty
            if not path.is_dir():
                raise
            shutil.rmtree(temporary, ignore_errors=True)

    def link(self, source: Path, destination: Path) -> None:
        """Give a file of the cache a second name outside, or copy it with its times where links are not possible."""
        temporary = self.temporary()
        try:
            temporary.hardlink_to(source)
            temporary.replace(destination)
        except OSError:  # no hard links, or another file system
            temporary.unlink(missing_ok=True)
            nearby = destination.with_name(f".{destination.name}.part")
            shutil.copy2(source, nearby)
            nearby.replace(destination)

    def prune(self, build: str, used: dict[str, set[str]]) -> None:
        """Note what `build` used, and remove entries that no build used last and that are old."""
        note = self.path("used", f"{build}.json")
        text = json.dumps({kind: sorted(keys) for kind, keys in used.items()}).encode()
        if note.is_file() and note.read_bytes() == text:
            return
        self.write(note, text)
        notes = [json.loads(path.read_bytes()) for path in note.parent.glob("*.json")]
        now = time.time()
        for kind, kept_s in _KEPT_S.items():
            needed = {key for one in notes for key in one.get(kind, ())}
            for path in self.path(kind, "").glob("*"):
                if path.name.partition(".")[0] not in needed:
                    _remove_old(path, now - kept_s)
        for path in self.path("tmp", "").glob("*"):
            _remove_old(path, now - _KEPT_S["zips"])


class Memo:
    """Hashes and imports of project files; a file is read again only when its size, times or inode changed."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._path = cache.path("memo.json", "")
        self._old: dict[str, dict[str, Any]] = {"files": {}, "facts": {}}
        with contextlib.suppress(FileNotFoundError, ValueError):
            loaded = json.loads(self._path.read_bytes())
            if loaded.get("format") == FORMAT:
                self._old = loaded
        self._files: dict[str, list[Any]] = {}
        self._facts: dict[str, Any] = {}
        self._digests: dict[str, tuple[str, bool]] = {}

    def digest(self, path: Path) -> str:
        """SHA-256 of a file's content, hexadecimal."""
        return self.identity(path)[0]

    def identity(self, path: Path) -> tuple[str, bool]:
        """SHA-256 of a file's content, and whether it may be executed."""
        name = str(path)
        if name not in self._digests:
            stat = path.stat()
            seen = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
            old = self._old["files"].get(name)
            digest = old[-1] if old and old[:-1] == seen else _hash_file(path)
            if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED_NS:
                self._files[name] = [*seen, digest]
            self._digests[name] = digest, bool(stat.st_mode & 0o100)
        return self._digests[name]

    def fact(self, key: str) -> Any:
        """A value kept under `key`, or None."""
        if key not in self._facts and key in self._old["facts"]:
            self._facts[key] = self._old["facts"][key]
        return self._facts.get(key)

    def learn(self, key: str, value: Any) -> None:
        self._facts[key] = value

    def save(self) -> None:
        """Keep what this build touched, and of the rest what belongs to other targets of the same files."""
        if (
            all(self._old["files"].get(k) == v for k, v in self._files.items())
            and self._facts.keys() <= self._old["facts"].keys()
        ):
            return
        digests = {digest for digest, _ in self._digests.values()}
        others = {k: v for k, v in self._old["facts"].items() if k.partition(":")[0] in digests}
        content = {"format": FORMAT, "files": self._files, "facts": {**others, **self._facts}}
        self._cache.write(self._path, json.dumps(content, separators=(",", ":")).encode())


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_old(path: Path, before: float) -> None:
    """Remove what is older than a time; another build may do the same."""
    try:
        if path.stat().st_mtime >= before:
            return
    except FileNotFoundError:
        return
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
