"""One install of the project's requirements for one target, done once and kept until the requirements change."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from motia_project.bundling.cache import FORMAT, Cache
from motia_project.bundling.distributions import Distribution, Index, build_index, read_distributions
from motia_project.bundling.requirements import Requirements
from motia_project.bundling.target import Target
from motia_project.bundling.uv import UvFailed, explain, run_uv, uv_version

_EMPTY = Index({}, {}, {}, {}, {}, {})


@dataclass(frozen=True)
class Installed:
    """The requirements of a project, installed for a target.

    key: names it in the cache, "" when nothing is required. folder: holds `site/` and what was learned of it.
    """

    key: str
    folder: Path
    index: Index = _EMPTY

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def distributions(self) -> dict[str, Distribution]:
        """With their files; by name."""
        found = json.loads((self.folder / "files.json").read_bytes())
        return {one["name"]: Distribution(**one) for one in found}


def install(
    requirements: Requirements,
    target: Target,
    cache: Cache,
    report: Callable[[str], None],
    implicit: tuple[str, ...] = (),
) -> Installed:
    """Install the requirements, and `implicit` ones of ours, for `target`; nothing is compiled for Lambda.

    An install with the same key is used as it is, without network. `lock.txt` beside it lists the exact versions.
    Raises InvalidProject (a line that is wrong, a package without a wheel), ProjectError (no network).
    """
    if not requirements and not implicit and not requirements.problems:
        return Installed("", cache.path("deps", "none"))
    key = _key(requirements, target, implicit)
    folder = cache.path("deps", key)
    if not (folder / "index.json").is_file():
        listed = requirements.names()
        count = len(listed) + len(implicit)
        report(f"installing {count} requirement{'' if count == 1 else 's'} for {target}")
        made = cache.temporary()
        try:
            _install(requirements, target, implicit, made)
            _describe(made, target, listed)
            cache.place(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return Installed(key, folder, Index.from_json((folder / "index.json").read_bytes()))


def _key(requirements: Requirements, target: Target, implicit: tuple[str, ...]) -> str:
    interpreter = [sys.executable, sys.version] if target.is_local else []
    parts = [FORMAT, requirements.digest(), target.key(), implicit, uv_version(), interpreter]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _install(requirements: Requirements, target: Target, implicit: tuple[str, ...], made: Path) -> None:
    command = ["pip", "install", "--target", str(made / "site"), "--python", sys.executable, *implicit]
    if requirements:
        command += ["-r", str(requirements.source)]
    wheels = ["--only-binary", ":all:"]
    if not target.is_local:
        wheels += ["--python-platform", target.platform, "--python-version", target.python]
    try:
        run_uv([*command, *wheels], requirements.root)
    except UvFailed as failure:
        if not (target.is_local and failure.no_wheel):
            raise explain(failure, requirements, str(target)) from None
        try:  # on this machine a compiler may make up for a missing wheel
            run_uv(command, requirements.root)
        except UvFailed:
            raise explain(failure, requirements, str(target)) from None


def _describe(made: Path, target: Target, listed: dict[str, tuple[str, ...]]) -> None:
    distributions = read_distributions(made / "site", target)
    (made / "files.json").write_text(json.dumps([asdict(d) for d in distributions], separators=(",", ":")))
    (made / "index.json").write_text(build_index(distributions, listed).to_json())
    (made / "lock.txt").write_text("".join(f"{d.name}=={d.version}\n" for d in distributions))
