"""Configurations remembered from the last time, as long as nothing that a Step file could have looked at has changed.

Reading them imports every Step, with pydantic and whatever else it uses: most of the time of a build that has nothing
to do. What is compared is the whole project, the environment variables and the installed packages, not the Steps
alone, because a configuration may be computed from any of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import motia
import motia_project
from motia_project.interpreter import interpreter
from motia_project.last_build.look import Looks, look
from motia_project.model import Problem
from motia_project.reading_process import Stopped, never
from motia_project.readings import HandlerShape, Reading


class StoppableReader(Protocol):
    """`motia_project.discovery.Reader`, which raises ReadingStopped soon after `stopped` says so."""

    def __call__(
        self,
        root: Path,
        files: Sequence[str],
        environment: Mapping[str, str],
        timeout_s: float,
        stopped: Stopped = never,
        /,
    ) -> Mapping[str, Reading]: ...


Facts = Callable[[Path], list[Any]]
"""(root) -> what of the machine decides what the files of a language say, as JSON."""

_LEFT_OUT = {  # made by tools
    *("python_modules", "node_modules", "__pycache__", "dist", "cdk.out", "venv", ".venv", ".motia", ".mermaid"),
    *(".git", ".hg", ".idea", ".vscode", ".cache", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
}
_OF_THE_TERMINAL = {"_", "SHLVL", "OLDPWD", "COLUMNS", "LINES", "TERM", "TERM_SESSION_ID", "WINDOWID", "SSH_TTY"}
_SETTLED_NS = 2_000_000_000  # a file changed within its clock's granularity could change again unseen
_MANY = 20_000  # files; looking at more takes longer than reading the configurations


def python_facts(root: Path) -> list[Any]:
    """The interpreter and what is installed in it."""
    python = interpreter(root)
    return [str(python), sys.version if python == Path(sys.executable) else "", *_packages(root)]


def node_facts(root: Path) -> list[Any]:
    """Node, esbuild, and what is installed in node_modules here and above."""
    from motia_project.last_build.surroundings import node_surroundings
    from motia_project.node.esbuild import PINNED

    return [PINNED, os.environ.get("ESBUILD_BINARY_PATH", ""), *sorted(node_surroundings(root).items())]


def remembered(reader: StoppableReader, facts: Facts = python_facts, *, name: str = "python") -> StoppableReader:
    """A reader that asks `reader` only when something changed since it last found nothing wrong.

    name: of the language, as it names the file in which the answers are kept.
    """

    def read(
        root: Path, files: Sequence[str], environment: Mapping[str, str], timeout_s: float, stopped: Stopped = never
    ) -> Mapping[str, Reading]:
        seen = _seen(root)
        key = None if seen is None else _key(facts(root), files, environment, seen)
        path = root / ".motia" / "cache" / f"readings-{name}.json"
        known = _load(path, key) if key else None
        if known is not None:
            return known
        readings = reader(root, files, environment, timeout_s, stopped)
        outside = _outside(readings.values())
        changed = [times[1] for times in seen.values()] if seen else []
        changed += [max(facts[1:3]) for facts in outside.values() if facts]
        is_whole = all(file in readings for file in files) and not any(map(_has_errors, readings.values()))
        if key and is_whole and time.time_ns() - max(changed, default=0) > _SETTLED_NS:
            content = {"key": key, "outside": outside, "readings": [asdict(reading) for reading in readings.values()]}
            _write(path, json.dumps(content))
        return readings

    return read


def _has_errors(reading: Reading) -> bool:
    return any(problem.severity == "error" for problem in reading.problems)


def _outside(readings: Iterable[Reading]) -> Looks:
    """Looks at the files outside of the project that the readings depend on."""
    return {path: look(path) for reading in readings for path in reading.outside}


def _seen(root: Path) -> dict[str, tuple[int, int, int]] | None:
    """Size, time of change and inode of every file of the project; None for too many."""
    found: dict[str, tuple[int, int, int]] = {}
    for path, stat in _files(str(root)):
        found[path] = stat.st_size, max(stat.st_mtime_ns, stat.st_ctime_ns), stat.st_ino
        if len(found) > _MANY:
            return None
    return found


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _LEFT_OUT:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file():
                yield entry.path, entry.stat()


def _key(facts: list[Any], files: Sequence[str], environment: Mapping[str, str], seen: Mapping[str, Any]) -> str:
    everything = [
        _ours(),
        facts,
        sorted((name, value) for name, value in environment.items() if name not in _OF_THE_TERMINAL),
        list(files),
        sorted(seen.items()),
    ]
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


def _ours() -> list[tuple[int, int]]:
    """Changes with the code that reads."""
    folders = [Path(str(package.__file__)).parent for package in (motia, motia_project)]
    folders.append(folders[0].parent / "node" / "src")  # of a checkout; in a wheel it is inside of motia
    files = [path for folder in folders for kind in ("*.py", "*.ts") for path in sorted(folder.rglob(kind))]
    return [(stat.st_size, stat.st_mtime_ns) for stat in map(Path.stat, files)]


def _packages(root: Path) -> list[tuple[str, int]]:
    """Changes with the packages that the interpreter sees: installing or removing one touches their folder."""
    folders = [Path(sysconfig.get_path("purelib")), *(root / "python_modules").glob("[Ll]ib/**/site-packages")]
    return [(str(folder), folder.stat().st_mtime_ns) for folder in folders if folder.is_dir()]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)


def _load(path: Path, key: str) -> dict[str, Reading] | None:
    try:
        content = json.loads(path.read_bytes())
        if content["key"] != key or any(look(file) != facts for file, facts in content["outside"].items()):
            return None
        return {raw["file"]: _reading(raw) for raw in content["readings"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _reading(raw: dict[str, Any]) -> Reading:
    shape = raw["handler"]
    handler = HandlerShape(**{**shape, "keyword_only": tuple(shape["keyword_only"])}) if shape else None
    problems = tuple(Problem(**problem) for problem in raw["problems"])
    return Reading(**{**raw, "handler": handler, "problems": problems, "outside": tuple(raw["outside"])})
