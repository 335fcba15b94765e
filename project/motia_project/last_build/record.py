"""The record of one build: read before the next one, written after it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from motia_project.last_build.look import (
    UNSEEN,
    Looks,
    TooMuch,
    all_settled,
    is_same,
    look,
    look_at_tree,
    look_closer,
    now_ns,
    settled,
)
from motia_project.last_build.surroundings import fingerprint, surroundings

_FORMAT = 1


@dataclass(frozen=True)
class Outcome:
    """What there is to tell of a build. steps: names of those that were bundled. sizes, report: as people see them.
    warnings: one line each."""

    dist: str
    steps: tuple[str, ...]
    warnings: tuple[str, ...]
    sizes: str
    report: str


class LastBuild:
    """Looks at the project at `root` as it is now, before anything is built from it.

    dist: where the bundles go. wanted: what else decides the result, such as the target.
    """

    def __init__(self, root: Path, dist: Path, *wanted: object) -> None:
        self._root = Path(os.path.realpath(root))
        self._dist = dist
        self._began = now_ns()
        self._key = fingerprint(_FORMAT, self._root, dist, *wanted)
        name = hashlib.sha256(json.dumps([str(dist), *map(str, wanted)]).encode()).hexdigest()[:16]
        self._file = self._root / ".motia" / "cache" / "builds" / f"{name}.json"
        try:
            self._tree: Looks | None = look_at_tree(self._root, dist)
        except TooMuch:
            self._tree = None
        self._around = surroundings(self._root)
        self._closer = self._tree

    def unchanged(self) -> Outcome | None:
        """What the last build came to, when building again would come to the same; None in doubt.

        Call it before `keep`, and before anything is built.
        """
        known = self._read()
        if known is None and self._tree is not None:
            self._closer = look_closer(self._root, self._tree, self._began)
        return known

    def _read(self) -> Outcome | None:
        try:
            known = json.loads(self._file.read_bytes())
            if known["key"] != self._key or not self._is_same(known):
                return None
            lists = {name: tuple(known["outcome"][name]) for name in ("steps", "warnings")}
            return Outcome(**{**known["outcome"], **lists})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, TooMuch):
            return None  # there is no record, or not one of this version

    def keep(self, outcome: Outcome, inputs: Iterable[Path], patterns: Iterable[str] = ()) -> None:
        """Remember the build that was made since.

        inputs: the files that went into it, wherever they are. patterns: of includeFiles. Nothing is remembered when
        not everything could be seen.
        """
        if self._tree is None or self._closer is None:
            return
        others = self._others(inputs)
        try:
            dist = look_at_tree(self._dist, self._dist)
        except TooMuch:
            return
        if others is None or not self._sees(patterns):
            return
        content = {
            "key": self._key,
            "tree": self._closer,
            "around": self._around,
            "others": others,
            "dist": dist,
            "outcome": asdict(outcome),
        }
        self._write(content)

    def _is_same(self, known: dict[str, Any]) -> bool:
        if self._tree is None or self._around != known["around"]:
            return False
        if not is_same(self._root, known["tree"], self._tree):
            return False
        if any(look(path) != facts for path, facts in known["others"].items()):
            return False
        if look_at_tree(self._dist, self._dist) != known["dist"]:
            return False
        now = settled(known["tree"], self._began)
        if now != known["tree"]:
            with contextlib.suppress(OSError):  # it is as good as it was
                self._write({**known, "tree": now})
        return True

    def _others(self, inputs: Iterable[Path]) -> Looks | None:
        """Looks at the files outside of what was looked at, and at their folders, where another file could take their
        place; None when one may have changed while it was read."""
        assert self._tree is not None
        found: Looks = {}
        for path in dict.fromkeys(inputs):
            inside = path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else ""
            if inside not in self._tree:
                found[str(path)] = look(path)
                found.setdefault(str(path.parent), look(path.parent))
        return found if all_settled((*found.values(), *self._around.values()), self._began) else None

    def _sees(self, patterns: Iterable[str]) -> bool:
        """Whether no pattern may reach into a folder that was not looked into."""
        assert self._tree is not None
        unseen = [path for path in self._tree if path.endswith(UNSEEN)]
        if not unseen:
            return True
        names = {path.removesuffix(UNSEEN).rpartition("/")[2] for path in unseen}
        return not any("**" in pattern or names & set(pattern.split("/")) for pattern in patterns)

    def _write(self, content: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        temporary.write_text(json.dumps(content, separators=(",", ":")))
        temporary.replace(self._file)
