"""What the `includeFiles` of Steps take in: Steps read these files when they are imported, like a module of theirs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from motia_project.model import Language, Step

IGNORED = frozenset(
    {"python_modules", "node_modules", "site-packages", "__pycache__", "venv", "dist", "cdk.out", "build"}
)
_MAGIC = re.compile(r"[*?[{]")


def ignored(name: str) -> bool:
    """Whether a folder of this name holds nothing of the project's own."""
    return name in IGNORED or name.startswith(".")


@dataclass(frozen=True)
class Included:
    """files: by their paths from the root, with the languages of the Steps that include them. places: files and folders
    in which others may be found the next time."""

    files: Mapping[str, frozenset[Language]] = field(default_factory=dict)
    places: frozenset[str] = frozenset()

    @property
    def hidden(self) -> frozenset[str]:
        """The folders of files in which nobody looks for anything else."""
        folders = (posixpath.dirname(path) for path in self.files)
        return frozenset(folder for folder in folders if any(map(ignored, folder.split("/"))))

    def may_include(self, path: str) -> bool:
        """Whether a file is among them, or may be from now on."""
        if path in self.files:
            return True
        return any(_is_below(path, place) for place in self.places)

    def __or__(self, other: Included) -> Included:
        """Those of both."""
        none: frozenset[Language] = frozenset()
        paths = {*self.files, *other.files}
        files = {path: self.files.get(path, none) | other.files.get(path, none) for path in paths}
        return Included(files, self.places | other.places)


def find_included(root: Path, steps: Iterable[Step]) -> Included:
    """What the Steps of the project at `root` include now. What is wrong with their patterns, the checks have said."""
    files: dict[str, frozenset[Language]] = {}
    places: set[str] = set()
    for step in steps:
        if not step.include_files:
            continue
        from motia_project.bundling.include import include_files

        for path in include_files(root, step, root / "dist").files:
            files[path] = files.get(path, frozenset()) | {step.language}
        places.update(_place(step.file, pattern) for pattern in step.include_files)
    return Included(files, frozenset(places))


def _is_below(path: str, place: str) -> bool:
    if path == place:
        return True
    if place != "." and not path.startswith(f"{place}/"):
        return False
    below = path if place == "." else path[len(place) + 1 :]
    return not any(map(ignored, below.split("/")[:-1]))


def _place(file: str, pattern: str) -> str:
    """The file or folder, by its path from the root, that all matches of a pattern lie in."""
    magic = _MAGIC.search(pattern)
    fixed = pattern[: magic.start()].rpartition("/")[0] if magic else pattern
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), fixed))
