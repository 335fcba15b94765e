"""Which files of a project decide what is served, and how they differ between two moments."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

IGNORED = frozenset(
    {"python_modules", "node_modules", "site-packages", "__pycache__", "venv", "dist", "cdk.out", "build"}
)
SETTINGS = (".env", "motia.toml")  # beside the Python files
Files = dict[str, tuple[int, int, int]]  # posix path from the root -> (mtime in ns, size, inode)


@dataclass(frozen=True)
class Difference:
    """Paths, sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def ignored(name: str) -> bool:
    """Whether a folder of this name holds nothing of the project's own."""
    return name in IGNORED or name.startswith(".")


def matters(root: Path, path: str) -> bool:
    """Whether a change at `path` (absolute) can change what is served. Folders may: they take files along."""
    parts = Path(path).relative_to(root).parts if Path(path).is_relative_to(root) else ()
    if not parts or any(ignored(part) for part in parts[:-1]):
        return False
    name = parts[-1]
    if len(parts) == 1 and name in SETTINGS:
        return True
    return name.endswith(".py") or ("." not in name and not ignored(name))


def take(root: Path) -> Files:
    """The files as they are now."""
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
            if entry.name.endswith(".py"):
                _note(found, Path(entry.path), path)
            elif not ignored(entry.name) and entry.is_dir(follow_symlinks=False):
                folders.append((f"{path}/", entry.path))
    return found


def compare(before: Files, after: Files) -> Difference:
    """What is different."""
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def _note(found: Files, file: Path, path: str) -> None:
    try:
        status = file.stat()
    except OSError:
        return
    found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
