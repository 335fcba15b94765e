"""`includeFiles` of a Step: patterns relative to the Step's file, stored at their paths in the project."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from motia_project.bundling.sizes import ASSET_WARNING
from motia_project.model import Language, Problem, Step

# Made by tools, never part of an app; a broad pattern must not sweep them in.
_LEFT_OUT = {"__pycache__", "python_modules", "node_modules", ".motia", ".git", "cdk.out"}
_RESERVED = {"python": ("motia", "motia_handlers", "motia.json"), "node": ("index.mjs", "index.mjs.map")}


@dataclass
class Included:
    """files: relative to the root, sorted."""

    files: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def included(root: Path, step: Step, dist: Path, problems: list[Problem]) -> list[str]:
    """The files that a bundle of the Step takes in; what is wrong with them is added to `problems`."""
    found = include_files(root, step, dist)
    problems += found.problems
    for name in found.files:
        if (size := (root / name).stat().st_size) > ASSET_WARNING:
            what = f"includes {name}, {size // 1024 // 1024} MB, in every deployment of the Step"
            remedy = "fetch it from S3 when it is needed"
            problems.append(Problem(what, file=step.file, key="includeFiles", remedy=remedy, severity="warning"))
    return found.files


def include_files(root: Path, step: Step, dist: Path) -> Included:
    """The files a Step asks for. A path that is not there is an error, a pattern without a match a warning."""
    return matching_files(root, step.file, step.language, step.include_files, dist)


def matching_files(root: Path, file: str, language: Language, patterns: Sequence[Any], dist: Path) -> Included:
    """The files that the `includeFiles` of the Step in `file` mean; what is no text among them means none."""
    found = Included()
    for number, pattern in enumerate(patterns):
        if not isinstance(pattern, str) or not pattern:
            continue
        files, problem = _matches(root, file, language, pattern, dist)
        if problem:
            what, remedy, is_error = problem
            found.problems.append(
                Problem(
                    what,
                    file=file,
                    key=f"includeFiles[{number}]",
                    value=pattern,
                    remedy=remedy,
                    severity="error" if is_error else "warning",
                )
            )
        found.files += files
    found.files = sorted(set(found.files))
    return found


def _matches(
    root: Path, step: str, language: Language, pattern: str, dist: Path
) -> tuple[list[str], tuple[str, str, bool] | None]:
    """(files, None), or ([], (what is wrong, remedy, whether it is an error))."""
    inside = "includeFiles are relative to the Step's file and lie inside the project"
    base = (root / step).parent
    if pattern.startswith(("/", "~")) or Path(pattern).is_absolute():
        return [], ("is an absolute path", inside, True)
    if not _is_inside(root, Path(os.path.normpath(base / _fixed_part(pattern)))):
        return [], ("points outside the project", inside, True)
    files: list[str] = []
    for one in _braces(pattern):
        for match in _matching(base, one):
            path = Path(os.path.normpath(base / match))
            for file in _walk(path) if path.is_dir() and not glob.has_magic(one) else [path]:
                if not _is_inside(root, file):
                    return [], ("points outside the project", inside, True)
                if not file.is_file() or _is_left_out(root, file, dist):
                    continue
                name = file.relative_to(root).as_posix()
                if not _is_inside(root.resolve(), file.resolve()):
                    return [], (f"takes in {name}, a link to a file outside the project", "copy the file", True)
                if name.split("/")[0] in _RESERVED[language]:
                    return [], (f"takes in {name}, a name that bundles use themselves", "move the file", True)
                files.append(name)
    if files:
        return files, None
    if glob.has_magic(pattern) or "{" in pattern:
        return [], ("matches no file", "correct the pattern or remove it", False)
    return [], ("does not exist", "paths are relative to the Step's file; create the file or remove the entry", True)


def _matching(base: Path, pattern: str) -> Iterator[str]:
    """What a pattern matches. `**` visits each folder once: `glob` follows links to folders, which may lead back."""
    parts = pattern.split("/")
    if "**" not in parts:
        yield from glob.iglob(pattern, root_dir=base)  # noqa: PTH207 - it leaves hidden files out
        return
    position = parts.index("**")
    before, after = "/".join(parts[:position]), "/".join(parts[position + 1 :]) or "*"
    for start in glob.iglob(before, root_dir=base) if before else ["."]:  # noqa: PTH207
        for folder in _folders(Path(os.path.normpath(base / start))):
            yield from _matching(base, f"{glob.escape(os.path.relpath(folder, base))}/{after}")


def _folders(top: Path) -> Iterator[Path]:
    """A folder and those below it that are not hidden, each once however many links lead to it."""
    seen = {os.path.realpath(top)}
    waiting = [top] if top.is_dir() else []
    while waiting:
        folder = waiting.pop()
        yield folder
        for entry in sorted(_entries(folder), key=lambda entry: entry.name, reverse=True):
            if (
                entry.name.startswith(".")
                or entry.name in _LEFT_OUT
                or not entry.is_dir()
                or (real := os.path.realpath(entry)) in seen
            ):
                continue
            seen.add(real)
            waiting.append(folder / entry.name)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except PermissionError:  # as `glob` has it: what cannot be read matches nothing
        return []


def _fixed_part(pattern: str) -> str:
    """The folders of a pattern before its first wildcard."""
    return "/".join(takewhile(lambda part: not (glob.has_magic(part) or "{" in part), pattern.split("/")))


def _braces(pattern: str) -> list[str]:
    """`a.{b,c}` as `a.b` and `a.c`."""
    match = re.search(r"\{([^{}]*,[^{}]*)\}", pattern)
    if not match:
        return [pattern]
    choices = match[1].split(",")
    return [one for choice in choices for one in _braces(pattern[: match.start()] + choice + pattern[match.end() :])]


def _walk(folder: Path) -> list[Path]:
    return [Path(path) / name for path, _, names in os.walk(folder) for name in names]


def _is_inside(root: Path, path: Path) -> bool:
    return path == root or root in path.parents


def _is_left_out(root: Path, file: Path, dist: Path) -> bool:
    return not _LEFT_OUT.isdisjoint(file.relative_to(root).parts) or dist in file.parents
