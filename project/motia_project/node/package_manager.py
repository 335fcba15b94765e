"""Which package manager a project uses: the one whose lock file is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motia.errors import ProjectError

LOCKS = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
}
_NAMES = ("npm", "pnpm", "yarn", "bun")
_QUIET = {
    "npm": ("--no-audit", "--no-fund", "--loglevel=error"),
    "pnpm": ("--config.confirm-modules-purge=false", "--reporter=append-only"),
    "yarn": ("--non-interactive", "--no-progress"),
    "berry": (),
    "bun": ("--no-progress",),
}
_REMEDIES = {
    "npm": "install Node 20 or later, which brings npm",
    "pnpm": "run `corepack enable pnpm` or `npm install -g pnpm`",
    "yarn": "run `corepack enable yarn` or `npm install -g yarn`",
    "bun": "run `npm install -g bun`, or see https://bun.sh",
}


@dataclass(frozen=True)
class PackageManager:
    """name: as it is typed. lock: the lock file, None where there is none yet. doubt: why it may be another one."""

    name: str
    lock: Path | None = None
    doubt: str = ""

    def program(self) -> str:
        """Its executable. ProjectError when it is not installed."""
        found = shutil.which(self.name)
        if found is None:
            because = f"{self.lock.name} is there" if self.lock else "package.json asks for it"
            if self.name == "npm" and self.lock is None:
                because = "package.json lists npm packages"
            raise ProjectError(
                f"the project needs {self.name}, which is not installed: {because}", remedy=_REMEDIES[self.name]
            )
        return found

    def command(self, root: Path, *, frozen: bool) -> list[str]:
        """What installs the packages. frozen: exactly those of the lock file, or fail."""
        program = self.program()
        locked = frozen and self.lock is not None
        if self.name == "npm":
            return [program, "ci" if locked else "install", *_QUIET["npm"]]
        if self.name == "yarn" and not _is_classic(program, root):
            return [program, "install", *_QUIET["berry"], "--immutable" if locked else "--no-immutable"]
        return [program, "install", *_QUIET[self.name], *(["--frozen-lockfile"] if locked else [])]


def package_manager(root: Path, package: Mapping[str, Any]) -> PackageManager:
    """The package manager of the project at `root`. package: its package.json.

    The lock file of the project decides, or of the workspace it belongs to; between several, and without any, what
    `packageManager` says; else it is npm. ProjectError for a `packageManager` that is none of those.
    """
    wanted = _declared(package)
    for folder in _places(root):
        locks = [folder / name for name in LOCKS if (folder / name).is_file()]
        managers = list(dict.fromkeys(LOCKS[lock.name] for lock in locks))
        if not managers:
            wanted = wanted or _declared(read_package(folder) or {})
            continue
        name = wanted if wanted in managers else managers[0]
        lock = next(lock for lock in locks if LOCKS[lock.name] == name)
        doubt = ""
        if len(managers) > 1 and wanted not in managers:
            doubt = f"there are lock files of {' and '.join(managers)}: {name} is used; delete the others"
        return PackageManager(name, lock, doubt)
    return PackageManager(wanted or "npm")


def read_package(folder: Path) -> dict[str, Any] | None:
    """The package.json in a folder, None without one. ProjectError for one that cannot be read."""
    file = folder / "package.json"
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except json.JSONDecodeError as wrong:
        raise ProjectError(
            f"package.json is not JSON: {wrong.msg} in line {wrong.lineno}", where=str(file), remedy="correct the line"
        ) from None
    except (OSError, UnicodeDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8 text"
        raise ProjectError(f"package.json cannot be read: {reason}", where=str(file)) from None
    if not isinstance(found, dict):
        raise ProjectError("package.json is no JSON object", where=str(file), allowed='{"dependencies": {...}}')
    return found


def _declared(package: Mapping[str, Any]) -> str | None:
    given = package.get("packageManager")
    if given is None:
        return None
    name = str(given).partition("@")[0]
    if name not in _NAMES:
        raise ProjectError(
            f"the package manager {given!r} is not known",
            where="package.json, packageManager",
            allowed=", ".join(_NAMES),
        )
    return name


def _places(root: Path) -> list[Path]:
    """The project's folder, then those of the workspace around it."""
    places = [root]
    for folder in root.parents:
        if (folder / "pnpm-workspace.yaml").is_file() or "workspaces" in _harmless(folder):
            places.append(folder)
        if (folder / ".git").exists():
            break
    return places


def _harmless(folder: Path) -> dict[str, Any]:
    """The package.json of a folder that is not the project's: one that cannot be read is nobody's here."""
    try:
        return read_package(folder) or {}
    except ProjectError:
        return {}


def _is_classic(program: str, root: Path) -> bool:
    """Whether this is yarn 1, which has other options; in this folder, because yarn can stand in for another yarn."""
    done = subprocess.run(
        [program, "--version"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0"},
    )
    found = re.match(r"\s*(\d+)\.", done.stdout)
    return found is not None and found[1] in ("0", "1")
