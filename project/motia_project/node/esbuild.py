"""Which esbuild compiles the project: its own, or one of a fixed version that is installed once for the machine."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from motia.errors import ProjectError
from motia_project.user_cache import cache_dir

PINNED = "0.28.2"
MINIMUM = (0, 19)  # the first one that has every option we use

_SYSTEMS = {"darwin": "darwin", "linux": "linux", "win32": "win32", "freebsd": "freebsd"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64", "i686": "ia32", "armv7l": "arm"}


def esbuild(root: Path, report: Callable[[str], None] | None = None) -> Path:
    """The folder of the esbuild package for the project at `root`, installed into the user's cache if need be.

    report: told in one line when something is going to take a while. Raises ProjectError when there is none and none
    can be installed.
    """
    return _of_project(root) or _pinned(report or (lambda line: None))


def _of_project(root: Path) -> Path | None:
    """The project's own, when it is new enough and was installed for this machine."""
    for folder in (root, *root.parents):
        package = folder / "node_modules" / "esbuild"
        if (package / "package.json").is_file():
            return package.resolve() if _version(package) >= MINIMUM and _has_binary(package.resolve()) else None
    return None


def _version(package: Path) -> tuple[int, ...]:
    try:
        text = json.loads((package / "package.json").read_bytes())["version"]
        return tuple(map(int, re.findall(r"\d+", text)[:2]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _has_binary(package: Path) -> bool:
    if os.environ.get("ESBUILD_BINARY_PATH"):
        return True
    name = f"{_SYSTEMS.get(sys.platform, sys.platform)}-{_MACHINES.get(platform.machine().lower(), 'wasm')}"
    return any((folder / "@esbuild" / name).is_dir() for folder in _modules_around(package))


def _modules_around(package: Path) -> Iterator[Path]:
    """The node_modules folders in which the package finds others."""
    yield package / "node_modules"
    for folder in package.parents:
        if folder.name == "node_modules":
            yield folder
        elif folder != package.parent:
            yield folder / "node_modules"


def _pinned(report: Callable[[str], None]) -> Path:
    home = cache_dir() / "esbuild" / PINNED
    package = home / "node_modules" / "esbuild"
    if package.is_dir():
        return package
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with (home.parent / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several commands may start at a time on a fresh machine
            if not package.is_dir():
                report(f"installing esbuild {PINNED}, once for this machine")
                _install(home)
    except OSError as error:
        raise ProjectError(
            f"esbuild cannot be installed: {error.strerror}", where=str(home), remedy="make the folder writable"
        ) from None
    return package


def _install(home: Path) -> None:
    npm = shutil.which("npm")
    if not npm:
        raise _failure("there is no `npm`", "install npm, which comes with Node")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=home.parent) as workspace:
        (Path(workspace) / "package.json").write_text('{"private": true}')
        command = [npm, "install", f"esbuild@{PINNED}", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            done = subprocess.run(
                [*command, "--no-save", "--loglevel=error"], cwd=workspace, capture_output=True, text=True, timeout=300
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failure(str(error), "try again, or run `npm install -D esbuild` in the project") from None
        if done.returncode != 0:
            raise _failure(_reason(done.stderr), "check the network and npm's registry, then run `motia install`")
        if home.exists():
            shutil.rmtree(home)
        Path(workspace).rename(home)
        Path(workspace).mkdir()  # for the context manager to remove


def _reason(said: str) -> str:
    """npm's own words, without the lines that say where it logs."""
    lines = [re.sub(r"^npm (error|ERR!)( code)?\s*", "", line).strip() for line in said.splitlines()]
    wanted = [line for line in lines if line and "complete log" not in line and ".log" not in line]
    return " ".join(wanted[:3]) or "npm failed"


def _failure(reason: str, remedy: str) -> ProjectError:
    return ProjectError(
        f"TypeScript and JavaScript Steps need esbuild, which cannot be installed: {reason}", remedy=remedy
    )
