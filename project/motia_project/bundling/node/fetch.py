"""Packages for another platform than this machine's, which `npm install` does not put into node_modules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from motia_project.user_cache import cache_dir

_EXACT = re.compile(r"\d+\.\d+\.\d+(-[\w.]+)?")


class NotFetched(Exception):
    """Why a package is not to be had."""


def fetch(root: Path, name: str, wanted: str, report: Callable[[str], None]) -> Path:
    """The folder of a package, taken from the user's cache or from the registry that npm uses for the project.

    wanted: the range in package.json; a version in package-lock.json decides. Raises NotFetched.
    """
    version = _locked(root, name) or wanted
    folder = cache_dir() / "npm" / f"{name.replace('/', '+')}@{version}"
    if _EXACT.fullmatch(version) and (folder / "package.json").is_file():
        return folder
    npm = shutil.which("npm")
    if not npm:
        raise NotFetched("there is no `npm`")
    report(f"fetching {name}@{version}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as workspace:
        command = [npm, "pack", f"{name}@{version}", "--json", "--pack-destination", workspace, "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotFetched(str(error)) from None
        archives = list(Path(workspace).glob("*.tgz"))
        if done.returncode != 0 or not archives:
            raise NotFetched(_reason(done.stderr))
        with tarfile.open(archives[0]) as archive:
            archive.extractall(workspace, filter="data")
        (unpacked,) = (path for path in Path(workspace).iterdir() if path.is_dir())  # npm's own call it `package`
        if folder.exists():
            shutil.rmtree(folder)
        unpacked.rename(folder)
    return folder


def _locked(root: Path, name: str) -> str | None:
    """The version in the nearest package-lock.json, which lists packages of all platforms."""
    for folder in (root, *root.parents):
        try:
            packages = json.loads((folder / "package-lock.json").read_bytes())["packages"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found = {raw.get("version") for place, raw in packages.items() if place.endswith(f"node_modules/{name}")}
        return found.pop() if len(found) == 1 else None
    return None


def _reason(said: str) -> str:
    lines = [re.sub(r"^npm (error|ERR!)( code)?\s*", "", line).strip() for line in said.splitlines()]
    wanted = [line for line in lines if line and ".log" not in line and not line.startswith("npm warn")]
    return " ".join(wanted[:3]) or "npm failed"
