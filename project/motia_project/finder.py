"""Finds the Step and stream files of a project by their names, and its configuration, `motia_config.py` or
`motia.config.ts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from motia.project_config import FILE_NAME as CONFIG_FILE
from motia_project.model import Language, Problem
from motia_project.tree import Entry, walk

FOLDERS = ("steps", "src")

_PYTHON = re.compile(r".*_(?P<kind>step|stream)\.py")
_NODE = re.compile(r".*[._](?P<kind>step|stream)\.(ts|js)")
_DOTTED_PYTHON = re.compile(r"(?P<stem>.*)\.(?P<kind>step|stream)\.py")
_OTHER = re.compile(r".*[._](step|stream)\.(rb|go|cs)")
_NEARLY = re.compile(r"(?P<stem>.*?)[-_. ]?(?P<kind>steps?|streams?)\.py", re.IGNORECASE)
_NEARLY_NODE = re.compile(r"(?P<stem>.+?)[-_. ](?P<kind>steps?|streams?)\.[cm]?(?P<ending>[tj]s)x?", re.IGNORECASE)
_DRAWING = re.compile(r"(?P<stem>.+)\.[tj]sx")  # `a.step.tsx` is how the Workbench draws the Step `a.step.ts`
_HAS_CONFIG = re.compile(rb"\bexport\b[^\n]*\b(?:config|default)\b|\bexports\b[^\n]*\bconfig\b")

_NEARLY_CONFIG = re.compile(r"motia[-_. ]?configs?\.(?:py|[cm]?(?P<node>[tj]s)x?)", re.IGNORECASE)
_CONFIG_FILES: tuple[tuple[str, Language], ...] = (
    (CONFIG_FILE, "python"),
    ("motia.config.ts", "node"),
    ("motia.config.js", "node"),
)


@dataclass(frozen=True)
class Found:
    """A Step or stream file, or the configuration. path: posix, from the project's root."""

    path: str
    kind: Literal["step", "stream", "config"]
    language: Language


def find(root: Path) -> tuple[tuple[Found, ...], tuple[Problem, ...]]:
    """The files under steps/ and src/, in that order and sorted, then the configuration; what looks like one of them
    and is none."""
    found: list[Found] = []
    problems: list[Problem] = []
    for folder in FOLDERS:
        for entry in walk(root, folder):
            name = entry.path.rpartition("/")[2]
            match, language = _match(name)
            if match is not None and (dangling := _dangling(root, entry.path)):
                problems.append(dangling)
            elif entry.outside:
                problems += _outside(entry, match is not None)
            elif match is not None and not _is_text(entry.path):
                what, remedy = "the file's name is not UTF-8 text", "rename it"
                problems.append(Problem(what, ascii(entry.path)[1:-1], remedy=remedy))
            elif match is not None:
                found.append(Found(entry.path, "step" if match["kind"] == "step" else "stream", language))
            else:
                problems += _near_miss(root, entry.path, name)
    config, wrong = _config(root)
    return (*found, *config), (*problems, *wrong)


def _config(root: Path) -> tuple[list[Found], list[Problem]]:
    names = [name for name, _ in _CONFIG_FILES]
    found = [Found(name, "config", language) for name, language in _CONFIG_FILES if (root / name).is_file()]
    problems = [problem for name in names if (problem := _dangling(root, name))]
    for name in _names(root):
        nearly = _NEARLY_CONFIG.fullmatch(name)
        if nearly and name not in names and (root / name).is_file():
            what, right = "the file is not read because of its name", CONFIG_FILE
            if nearly["node"]:
                right = f"motia.config.{nearly['node'].lower()}"
            # without it streams may be open to everybody
            severity: Literal["error", "warning"] = "warning" if found else "error"
            problems.append(Problem(what, name, remedy=f"rename it to {right}", severity=severity))
    if len(found) > 1:
        what = f"{found[1].path} is there as well, and a project has one configuration"
        problems.append(Problem(what, found[0].path, remedy="move everything into one of them"))
    return found[:1], problems


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []  # what is in it can be there all the same


def _dangling(root: Path, path: str) -> Problem | None:
    """What to say of a link that leads to nothing."""
    if not (root / path).is_symlink() or (root / path).exists():
        return None
    what = f"the file is a link to {str((root / path).readlink())!r}, which does not exist"
    return Problem(what, path, remedy="correct the link or remove it")


def config_file(root: Path) -> str:
    """The name of the configuration of the project at `root`, that of Python if there is none."""
    return next((name for name, _ in _CONFIG_FILES if (root / name).is_file()), CONFIG_FILE)


def _is_text(path: str) -> bool:
    """Whether the bytes of a path are UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _match(name: str) -> tuple[re.Match[str] | None, Language]:
    if python := _PYTHON.fullmatch(name):
        return python, "python"
    return _NODE.fullmatch(name), "node"


def _outside(entry: Entry, is_step: bool) -> list[Problem]:
    if not is_step and not entry.folder:
        return []
    what = f"the {'folder' if entry.folder else 'file'} is a link that leads out of the project; it is not followed"
    severity: Literal["error", "warning"] = "warning" if entry.folder else "error"
    return [Problem(what, file=entry.path, remedy="copy it into the project", severity=severity)]


def _near_miss(root: Path, path: str, name: str) -> list[Problem]:
    dotted, nearly = _DOTTED_PYTHON.fullmatch(name), _NEARLY.fullmatch(name)
    if dotted:
        what = f"the file is not read: Python files of this name are no {dotted['kind']}s"
        return [Problem(what, path, remedy=f"rename it to {dotted['stem']}_{dotted['kind']}.py", severity="warning")]
    if nearly and nearly["stem"]:
        kind = nearly["kind"].lower().rstrip("s")
        remedy = f"rename it to {nearly['stem']}_{kind}.py if it is a {kind}"
        return [Problem("the file is not read because of its name", path, remedy=remedy, severity="warning")]
    if _OTHER.fullmatch(name):
        allowed = "*_step.py, *.step.ts, *.step.js; *_stream.py, *.stream.ts, *.stream.js"
        return [
            Problem("the file is not read: its language is not supported", path, allowed=allowed, severity="warning")
        ]
    node = _NEARLY_NODE.fullmatch(name)
    if node and not _is_drawing(root / path) and _has_config(root / path):
        kind = node["kind"].lower().rstrip("s")
        remedy = f"rename it to {node['stem']}.{kind}.{node['ending'].lower()} if it is a {kind}"
        return [Problem("the file is not read because of its name", path, remedy=remedy, severity="warning")]
    return []


def _is_drawing(path: Path) -> bool:
    """Whether the file lies beside the Step that it draws."""
    drawing = _DRAWING.fullmatch(path.name)
    return drawing is not None and any(
        path.with_name(f"{drawing['stem']}{ending}").is_file() for ending in (".ts", ".js", ".py")
    )


def _has_config(path: Path) -> bool:
    """Whether a file with such a name, which other files may have too, has what makes a Step or a stream of it."""
    try:
        return _HAS_CONFIG.search(path.read_bytes()) is not None
    except OSError:
        return False
