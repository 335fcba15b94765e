"""Which Node runs the project's TypeScript and JavaScript."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from motia.errors import ProjectError

MINIMUM = 20
_INSTALL = f"install Node {MINIMUM} or later from https://nodejs.org, or with your version manager"


def node(root: Path) -> Path:
    """The `node` of the PATH, for the project at `root`. ProjectError when there is none, or none new enough."""
    path = _find()
    version = node_version(root)
    if version[0] < MINIMUM:
        raise ProjectError(
            f"Node {'.'.join(map(str, version))} is too old for TypeScript and JavaScript Steps",
            where=str(path),
            allowed=f"Node {MINIMUM} or later",
            remedy=_INSTALL,
        )
    return path


def node_version(root: Path) -> tuple[int, int, int]:
    """(major, minor, patch) of what `node` would run. ProjectError when it does not start."""
    return _version(_find(), root)  # a version manager chooses by the folder


def _find() -> Path:
    return _which(os.environ.get("PATH", ""))


@lru_cache
def _which(path: str) -> Path:
    found = shutil.which("node", path=path)
    if not found:
        raise ProjectError("TypeScript and JavaScript Steps need Node, and there is no `node`", remedy=_INSTALL)
    return Path(found)


@lru_cache
def _version(path: Path, root: Path) -> tuple[int, int, int]:
    try:
        done = subprocess.run([path, "--version"], cwd=root, capture_output=True, text=True, timeout=30)
        said, failed = done.stdout, done.returncode != 0
        reason = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
    except (OSError, subprocess.TimeoutExpired) as error:
        said, failed, reason = "", True, [str(error)]
    numbers = re.match(r"v(\d+)\.(\d+)\.(\d+)", said)
    if failed or not numbers:
        raise ProjectError(f"Node does not start: {reason[0]}", where=str(path), remedy=_INSTALL)
    return int(numbers[1]), int(numbers[2]), int(numbers[3])
