"""Bundles of one language, ready to be zipped."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from motia_project.bundling.parts import Parts
from motia_project.bundling.zips import Bundle


@dataclass(frozen=True)
class Prepared:
    """parts: what the bundles take their files from. inputs: files that they are made from, installed Python packages
    left out. used: what of the cache, by kind."""

    bundles: list[Bundle]
    parts: Parts
    inputs: list[Path]
    used: dict[str, set[str]] = field(default_factory=dict)
