"""What files look like: enough to know later that nothing in them changed.

A look at a file is [size, time of change, time of status change, inode], with the SHA-256 of its content behind it when
it changed so lately that its clock might not show another change; null where nothing is.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Look = list[Any] | None
Looks = dict[str, Look]

SETTLED_NS = 2_000_000_000  # a file changed within its clock's granularity could change again unseen
_MADE_BY_TOOLS = frozenset({"__pycache__", "python_modules", "node_modules", ".motia", ".git", "cdk.out"})
_CACHES = frozenset({".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".mermaid", ".hg"})
UNSEEN = "/?"  # ends the name of a virtual environment or a cache, which nothing looks into
_MANY = 20_000  # files; looking at more takes longer than building


class TooMuch(Exception):
    """There are more files than looking at them is worth."""


def look(path: str | Path) -> Look:
    """A look at one file or folder."""
    try:
        return _facts(os.stat(path))  # noqa: PTH116 - a Path for each file costs more than the look
    except OSError:
        return None


def look_at_tree(root: Path, leave_out: Path) -> Looks:
    """Every file under `root`, links followed, by path from it; `leave_out`: a folder that is not looked into. Folders
    are there with their names only. Raises TooMuch."""
    found: Looks = {}
    for path, facts in _walk(str(root), "", str(leave_out), set()):
        found[path] = facts
        if len(found) > _MANY:
            raise TooMuch
    return found


def look_closer(root: Path, looks: Looks, now_ns: int) -> Looks:
    """The same looks, with the content of files that changed lately."""
    return {
        path: [*facts, digest(root / path)] if facts and len(facts) == 4 and _is_fresh(facts, now_ns) else facts
        for path, facts in looks.items()
    }


def is_same(root: Path, before: Looks, now: Looks) -> bool:
    """Whether nothing changed between two looks below `root`."""
    if before.keys() != now.keys():
        return False
    return all(
        facts == now[path] or (facts is not None and len(facts) == 5 and _has_content(root / path, facts, now[path]))
        for path, facts in before.items()
    )


def settled(looks: Looks, now_ns: int) -> Looks:
    """The same looks without contents that are not needed any more."""
    return {
        path: facts[:4] if facts and len(facts) == 5 and not _is_fresh(facts, now_ns) else facts
        for path, facts in looks.items()
    }


def all_settled(looks: Iterable[Look], since_ns: int) -> bool:
    """Whether none of these changed after, or just before, a moment."""
    return not any(facts and _is_fresh(facts, since_ns) for facts in looks)


def digest(path: Path) -> str | None:
    """SHA-256 of a file's content, None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def now_ns() -> int:
    return time.time_ns()


def _has_content(path: Path, facts: list[Any], now: Look) -> bool:
    return facts[:4] == now and facts[4] is not None and facts[4] == digest(path)


def _is_fresh(facts: list[Any], now_ns: int) -> bool:
    return bool(now_ns - max(facts[1], facts[2]) < SETTLED_NS)


def _facts(stat: os.stat_result) -> list[Any]:
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _walk(folder: str, inside: str, leave_out: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, Look]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        yield f"{inside}?", None
        return
    for entry in entries:
        name = inside + entry.name
        if entry.path == leave_out or entry.name in _MADE_BY_TOOLS:
            continue
        if entry.is_symlink():
            yield f"{name}@{os.readlink(entry.path)}", None  # noqa: PTH115
        if not entry.is_dir():
            yield name, look(entry.path)
        elif entry.name in _CACHES or os.path.exists(f"{entry.path}/pyvenv.cfg"):  # noqa: PTH110 - a Path costs more
            yield name + UNSEEN, None
        else:
            yield f"{name}/", None
            stat = entry.stat()
            place = stat.st_dev, stat.st_ino
            if place not in seen:
                seen.add(place)
                yield from _walk(entry.path, f"{name}/", leave_out, seen)
