"""The files of a project that count: nothing generated, nothing installed, nothing outside of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from motia.errors import ProjectError

SKIPPED = frozenset({"node_modules", "python_modules", "site-packages", "__pycache__", "dist", "cdk.out", "venv"})


@dataclass(frozen=True)
class Entry:
    """A file, or a link that was not followed. path: posix, from the project's root. outside: leads out of the project.
    folder: a folder, which only links that lead outside are reported as."""

    path: str
    outside: bool = False
    folder: bool = False


def is_skipped(name: str) -> bool:
    """Whether a folder of this name holds nothing of the user's."""
    return name.startswith(".") or name in SKIPPED


def walk(root: Path, start: str) -> Iterator[Entry]:
    """Files under the folder `start` (posix, from `root`; "." for all), sorted by path.

    Links inside the project are followed, each folder once; a link that leads out of it is reported, not followed.
    Raises ProjectError for a folder that cannot be read.
    """
    if leads_outside(root, start):
        yield Entry(start, outside=True, folder=True)
        return
    yield from sorted(_walk(root, start, root.resolve(), set()), key=lambda entry: entry.path)


def leads_outside(root: Path, path: str) -> bool:
    """Whether `path` (posix, from `root`), links resolved, lies outside of the project."""
    return not (root / path).resolve().is_relative_to(root.resolve())


def _walk(root: Path, folder: str, real_root: Path, seen: set[Path]) -> Iterator[Entry]:
    real = (root / folder).resolve()
    if real in seen:
        return
    seen.add(real)
    try:
        entries = sorted(os.scandir(real), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ProjectError(f"the folder {folder} cannot be read: {error.strerror}") from None
    for entry in entries:
        path = entry.name if folder == "." else f"{folder}/{entry.name}"
        directory = entry.is_dir()
        if directory and is_skipped(entry.name):
            continue
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(real_root):
            yield Entry(path, outside=True, folder=directory)
        elif directory:
            yield from _walk(root, path, real_root, seen)
        else:
            yield Entry(path)
