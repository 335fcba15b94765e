"""Packages that stay outside of the code: which others they need, where all of them go, and which of their files."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motia_project.bundling.node.fetch import NotFetched, fetch
from motia_project.bundling.node.platforms import Platform
from motia_project.model import Problem

_LEFT_OUT = {"node_modules", ".git", ".github", ".vscode", "obj.target", ".deps"}
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".o", ".a", ".d", ".gyp", ".gypi", ".mk", ".target.mk")
_FOR_PEOPLE = (".md", ".markdown", ".map", ".d.ts", ".d.mts", ".d.cts")


@dataclass(frozen=True)
class Placed:
    """A package in a bundle. place: `node_modules/NAME`, or below another package that needs a version of its own."""

    name: str
    place: str
    folder: Path


@dataclass
class Packages:
    """placed: by place. problems: what is missing."""

    placed: dict[str, Placed] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def collect(
    root: Path, wanted: Mapping[str, Path], platform: Platform, report: Callable[[str], None], *, may_fetch: bool
) -> Packages:
    """The packages `wanted` (name -> folder) with all that they need in turn, placed as npm would.

    may_fetch: packages for the platform that are not installed come from the registry.
    """
    found = Packages()
    pending: deque[Placed] = deque()

    def put(name: str, folder: Path, beside: str | None) -> None:
        place = f"node_modules/{name}"
        if place in found.placed and found.placed[place].folder != folder:
            place = f"{beside}/node_modules/{name}" if beside else place
        if place not in found.placed:
            found.placed[place] = Placed(name, place, folder)
            pending.append(found.placed[place])

    for name, folder in sorted(wanted.items()):
        put(name, folder.resolve(), None)
    while pending:
        package = pending.popleft()
        manifest = read_manifest(package.folder)
        optional = manifest.get("optionalDependencies", {})
        for name, version in sorted({**manifest.get("dependencies", {}), **optional}.items()):
            needed = _installed(package.folder, name)
            if needed is None and name in optional:
                if not platform.is_named_by(name):
                    continue
                needed = _fetched(root, package, name, version, platform, report, found, may_fetch)
            elif needed is None:
                what = f"the package {package.name} needs {name}, which is not installed"
                found.problems.append(Problem(what, file="package.json", value=name, remedy="run `motia install`"))
            if needed is not None and platform.fits(read_manifest(needed)):
                put(name, needed, package.place)
        for name in sorted(manifest.get("peerDependencies", {})):
            if peer := _installed(package.folder, name):
                put(name, peer, package.place)
    return found


def files_of(package: Placed, platform: Platform) -> Iterator[tuple[str, Path]]:
    """(path in the bundle, file) of what a package needs to run on the platform."""
    for folder, folders, names in os.walk(package.folder):
        inside = Path(folder).relative_to(package.folder)
        if inside.parts[-1:] == ("prebuilds",):
            folders[:] = [name for name in folders if platform.is_named_by(name.replace("+", "-"))]
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(names):
            path = Path(folder) / name
            if _is_needed(path, platform):
                yield f"{package.place}/{(inside / name).as_posix()}", path


def foreign_addons(package: Placed, platform: Platform) -> list[str]:
    """Native addons of a package when it has some and none is for the platform."""
    addons = [
        path for path in package.folder.rglob("*.node") if "node_modules" not in path.parts[len(package.folder.parts) :]
    ]
    if any(platform.runs(path) for path in addons):
        return []
    return sorted(path.relative_to(package.folder).as_posix() for path in addons)


def read_manifest(folder: Path) -> dict[str, Any]:
    """package.json of a package; empty when it cannot be read."""
    try:
        manifest = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _is_needed(path: Path, platform: Platform) -> bool:
    name = path.name
    if name.endswith(_FOR_PEOPLE) or name.endswith(_SOURCES) or not path.is_file():
        return False
    if not name.endswith(".node"):
        return True
    return platform.runs(path) and not (platform.libc == "glibc" and ".musl." in name)


def _installed(folder: Path, name: str) -> Path | None:
    """The package `name` as Node finds it from a file in `folder`."""
    for above in (folder, *folder.parents):
        if above.name != "node_modules" and (above / "node_modules" / name / "package.json").is_file():
            return (above / "node_modules" / name).resolve()
    return None


def _fetched(
    root: Path,
    package: Placed,
    name: str,
    version: str,
    platform: Platform,
    report: Callable[[str], None],
    found: Packages,
    may_fetch: bool,
) -> Path | None:
    reason = "it is not installed"
    if may_fetch:
        try:
            return fetch(root, name, version, report)
        except NotFetched as failed:
            reason = f"it cannot be fetched: {failed}"
    options = f"--os={platform.system} --cpu={platform.processor}" + (
        f" --libc={platform.libc}" if platform.libc else ""
    )
    found.problems.append(
        Problem(
            f"{package.name} needs {name} on {platform}, and {reason}",
            file="package.json",
            value=f"{name}@{version}",
            remedy=f"run `npm install --no-save {options} {name}@{version}`",
        )
    )
    return None
