"""The npm packages of a project, installed by its own package manager when something changed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from motia.errors import ProjectError
from motia_project.node.package_manager import PackageManager, package_manager, read_package

INSIDE = "MOTIA_INSTALL"  # set for what we start: a `motia install` among its scripts has nothing to do

_MARKER = ".motia-install.json"
_LISTS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "workspaces")
_LIFECYCLE = frozenset(("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"))
_SETTINGS = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml")


def install_packages(root: Path, *, report: Callable[[str], None], environment: Mapping[str, str] = os.environ) -> bool:
    """Install what `package.json` of the project at `root` lists; whether it lists anything.

    With CI in the environment exactly what the lock file says. Nothing is done when nothing changed, and when a package
    manager is at work already and has run us as one of the project's scripts. Raises ProjectError, after reporting what
    the package manager said, when it fails or is not there.
    """
    package = read_package(root)
    if package is None or not any(package.get(name) for name in _LISTS):
        return False
    if environment.get("npm_lifecycle_event") in _LIFECYCLE:
        report("npm packages are left to the package manager that runs this script")
        return True
    manager = package_manager(root, package)
    if manager.doubt:
        report(manager.doubt)
    marker = root / "node_modules" / _MARKER
    if _recorded(marker) == _key(root, manager):
        report("node_modules is up to date")
        return True
    report(f"installing npm packages with {manager.name}")
    marker.unlink(missing_ok=True)
    _run(manager.command(root, frozen=_in_ci(environment)), root, manager, environment, report)
    _need_node_modules(root, manager)
    marker.parent.mkdir(exist_ok=True)
    # The lock file may be new, or another one now.
    marker.write_text(json.dumps({"key": _key(root, package_manager(root, read_package(root) or {}))}))
    report("node_modules is ready")
    return True


def _run(
    command: list[str],
    root: Path,
    manager: PackageManager,
    environment: Mapping[str, str],
    report: Callable[[str], None],
) -> None:
    ours = {INSIDE: "1", "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env={**environment, **ours},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as wrong:
        raise ProjectError(f"{manager.name} does not start: {wrong.strerror}", where=command[0]) from None
    if done.returncode != 0:
        report(done.stdout.decode(errors="replace").rstrip())
        words = f"{manager.name} {command[1]}"
        remedy = "correct what it says above and run `motia install` again"
        if command[1] == "ci" or "--frozen-lockfile" in command or "--immutable" in command:
            remedy += "; with CI set the lock file has to fit package.json"
        raise ProjectError(f"`{words}` failed with exit code {done.returncode}", where=str(root), remedy=remedy)


def _need_node_modules(root: Path, manager: PackageManager) -> None:
    """Bundlers of native packages and Node itself look into node_modules; yarn's archives have nothing there."""
    folders = {root, manager.lock.parent if manager.lock else root}
    if manager.name == "yarn" and any((folder / ".pnp.cjs").exists() for folder in folders):
        raise ProjectError(
            "yarn has installed the packages as archives (Plug'n'Play), which Steps cannot be run from",
            where=str(root),
            remedy="write `nodeLinker: node-modules` to .yarnrc.yml and run `motia install` again",
        )


def _in_ci(environment: Mapping[str, str]) -> bool:
    return environment.get("CI", "").lower() not in ("", "0", "false")


def _key(root: Path, manager: PackageManager) -> str:
    found = hashlib.sha256(manager.name.encode())
    for file in (root / "package.json", manager.lock, *(root / name for name in _SETTINGS)):
        found.update(b"\0" + (file.read_bytes() if file is not None and file.is_file() else b""))
    return found.hexdigest()


def _recorded(marker: Path) -> str | None:
    try:
        return str(json.loads(marker.read_bytes())["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
