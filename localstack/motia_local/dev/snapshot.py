"""Which files of a project decide what is served, and how they differ between two moments."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from motia_local.dev.included import Included, ignored
from motia_project.model import Language

SETTINGS = (".env", "motia.toml", "esbuild.config.json", ".esbuildrc.json")  # at the root
_PYTHON = ".py"
_NODE = re.compile(r".*(?<!\.d)\.[cm]?[jt]sx?|tsconfig.*\.json|package\.json")
Files = dict[str, tuple[int, int, int]]  # posix path from the root -> (mtime in ns, size, inode)


@dataclass(frozen=True)
class Difference:
    """Paths, sorted. languages: those whose code has changed, or what it reads; None when it is more than that."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    languages: frozenset[Language] | None = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.added, *self.changed, *self.removed)


@dataclass(frozen=True)
class Interest:
    """What TypeScript and JavaScript files are made of, when that is known, and what Steps include.

    inputs: all files that were compiled, those of linked packages outside of the root as `../lib/main.ts`. open: what
    they need is not all there, so that any file may be part of it. included: by Steps of any language.
    """

    inputs: frozenset[str] = frozenset()
    open: bool = False
    included: Included = field(default_factory=Included)

    @property
    def outside(self) -> frozenset[str]:
        """The folders outside of the root that files of linked packages lie in."""
        return frozenset(posixpath.dirname(path) for path in self.inputs if path.startswith("../"))

    @property
    def apart(self) -> frozenset[str]:
        """The folders to watch by themselves: nobody looks there for anything but what is known to be there."""
        return self.outside | self.included.hidden

    def includes(self, path: str) -> bool:
        """Whether a file, by its path from the root, may decide what is served."""
        name = path.rpartition("/")[2]
        if path in SETTINGS or path.endswith(_PYTHON) or path in self.inputs or path in self.included.files:
            return True
        return bool(_NODE.fullmatch(name)) or (self.open and name.endswith(".json"))

    def needs(self, path: str) -> bool:
        """Whether a change of a file that was there must be looked at: a script of something else need not."""
        name = path.rpartition("/")[2]
        known = path in self.inputs or path in self.included.files
        return self.open or known or path.endswith((_PYTHON, ".json")) or not _NODE.fullmatch(name)

    def languages(self, path: str) -> frozenset[Language]:
        """Those whose Steps a file is part of."""
        included = self.included.files.get(path, frozenset())
        if path.endswith(_PYTHON):
            return included | {"python"}
        code = not included or path in self.inputs or _NODE.fullmatch(path.rpartition("/")[2])
        return included | {"node"} if code else included

    def beside(self, included: Included) -> Interest:
        """The same, and what Steps include by now."""
        return replace(self, included=self.included | included)


def matters(root: Path, path: str, interest: Interest | None = None) -> bool:
    """Whether a change at `path` (absolute) can change what is served. Folders may: they take files along."""
    if not Path(path).is_relative_to(root):
        return (interest or Interest()).includes(os.path.relpath(path, root).replace(os.sep, "/"))
    parts = Path(path).relative_to(root).parts
    if interest is not None and interest.included.may_include("/".join(parts)):
        return True
    if not parts or any(ignored(part) for part in parts[:-1]):
        return False
    name = parts[-1]
    if len(parts) == 1 and name in SETTINGS:
        return True
    return (interest or Interest()).includes("/".join(parts)) or ("." not in name and not ignored(name))


def take(root: Path, interest: Interest | None = None) -> Files:
    """The files as they are now."""
    interest = interest or Interest()
    found: Files = {}
    for name in SETTINGS:
        _note(found, root / name, name)
    folders = [("", str(root))]
    while folders:
        prefix, folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if interest.includes(path):
                _note(found, Path(entry.path), path)
            elif not ignored(entry.name) and entry.is_dir(follow_symlinks=False):
                folders.append((f"{path}/", entry.path))
    for folder in interest.outside:
        _note_outside(found, root, folder, interest)
    for path in interest.included.files:
        if path not in found:
            _note(found, root / path, path)
    return found


def compare(before: Files, after: Files, interest: Interest | None = None) -> Difference:
    """What is different and must be looked at."""
    interest = interest or Interest()

    def sort(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(paths))

    changed = (path for path in after.keys() & before.keys() if after[path] != before[path])
    found = Difference(
        added=sort(after.keys() - before.keys()),
        changed=sort(path for path in changed if interest.needs(path)),
        removed=sort(before.keys() - after.keys()),
    )
    if any(path in SETTINGS for path in found.paths):
        return replace(found, languages=None)
    return replace(found, languages=frozenset().union(*map(interest.languages, found.paths)))


def _note_outside(found: Files, root: Path, folder: str, interest: Interest) -> None:
    try:
        names = [entry.name for entry in os.scandir(root / folder)]
    except OSError:
        return
    for name in names:
        if interest.includes(path := f"{folder}/{name}"):
            _note(found, root / path, path)


def _note(found: Files, file: Path, path: str) -> None:
    try:
        status = file.stat()
    except OSError:
        return
    found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
