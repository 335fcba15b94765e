"""Projects in memory, for `motia.testing`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motia.testing.place import Options, Place


def open_project(root: Path, options: Options) -> Place:
    """The project at `root`; named by the entry point `project` of the group `motia.testing`."""
    from motia_local.testing.place import ProjectPlace

    return ProjectPlace(root, options)
