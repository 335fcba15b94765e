"""The npm packages of `tests/node`, installed when first needed and when their lock file has changed."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).with_name("node")


def install() -> Path:
    """The folder with the packages in it. AssertionError, with npm's words, when they cannot be had."""
    assert shutil.which("node") and shutil.which("npm"), "these tests need Node 20 or later"
    installed = FOLDER / "node_modules" / ".installed"
    with (FOLDER / "package-lock.json").open("rb") as lock:  # several processes of one test run ask at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if not installed.exists() or installed.read_text() != wanted:
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=150)
            assert done.returncode == 0, done.stderr
            installed.write_text(wanted)
    return FOLDER


def link(root: Path) -> None:
    """Give the project at `root` the packages as its node_modules."""
    ours = root / "node_modules"
    ours.mkdir(parents=True, exist_ok=True)
    for package in _packages(install() / "node_modules"):
        link = ours / package
        link.parent.mkdir(exist_ok=True)
        if not link.exists():
            link.symlink_to(FOLDER / "node_modules" / package)


def _packages(folder: Path) -> list[str]:
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("@"):
            found += [f"{entry.name}/{one.name}" for one in sorted(entry.iterdir())]
        elif not entry.name.startswith("."):
            found.append(entry.name)
    return found
