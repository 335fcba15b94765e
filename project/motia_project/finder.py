"""Finds the Step and stream files of a project by their names, and its `motia_config.py`."""

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
_OTHER = re.compile(r".*[._](step|stream)\.(rb|tsx|jsx|mjs|cjs|mts|cts|go|cs)")
_NEARLY = re.compile(r"(?P<stem>.*?)[-_. ]?(?P<kind>steps?|streams?)\.py", re.IGNORECASE)
_DRAWINGS = (".tsx", ".jsx")  # `*.step.tsx` is how the Workbench draws a Step, not a Step


@dataclass(frozen=True)
class Found:
    """A Step or stream file, or `motia_config.py`. path: posix, from the project's root."""

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
            if entry.outside:
                problems += _outside(entry, match is not None)
            elif match is not None and not _is_text(entry.path):
                what, remedy = "the file's name is not UTF-8 text", "rename it"
                problems.append(Problem(what, ascii(entry.path)[1:-1], remedy=remedy))
            elif match is not None:
                found.append(Found(entry.path, "step" if match["kind"] == "step" else "stream", language))
            else:
                problems += _near_miss(entry.path, name)
    if (root / CONFIG_FILE).is_file():
        found.append(Found(CONFIG_FILE, "config", "python"))
    return tuple(found), tuple(problems)


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


def _near_miss(path: str, name: str) -> list[Problem]:
    dotted, nearly = _DOTTED_PYTHON.fullmatch(name), _NEARLY.fullmatch(name)
    if dotted:
        what = f"the file is not read: Python files of this name are no {dotted['kind']}s"
        return [Problem(what, path, remedy=f"rename it to {dotted['stem']}_{dotted['kind']}.py", severity="warning")]
    if nearly and nearly["stem"]:
        kind = nearly["kind"].lower().rstrip("s")
        remedy = f"rename it to {nearly['stem']}_{kind}.py if it is a {kind}"
        return [Problem("the file is not read because of its name", path, remedy=remedy, severity="warning")]
    if _OTHER.fullmatch(name) and not name.endswith(_DRAWINGS):
        allowed = "*_step.py, *.step.ts, *.step.js; *_stream.py, *.stream.ts, *.stream.js"
        return [
            Problem("the file is not read: its language is not supported", path, allowed=allowed, severity="warning")
        ]
    return []
