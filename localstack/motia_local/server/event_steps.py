"""The event Steps that a project was last served with, for a start at which a file of one cannot be read.

Until the file is mended, events for it wait in its queue instead of going to nobody.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from motia_project.model import Queue, Step

FILE_NAME = "event-steps.json"


class EventSteps:
    """Kept in `folder`, the project's `.motia`; nowhere when it is None."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE_NAME if folder else None
        self._kept: str | None = None

    def load(self) -> dict[str, Step]:
        """The Steps by their files; none when they are not known."""
        if self._path is None:
            return {}
        try:
            text = self._path.read_text()
            return {raw["file"]: _step(raw) for raw in json.loads(text)}
        except (OSError, ValueError, TypeError, KeyError):
            return {}  # of a first start, or of another version

    def keep(self, steps: Iterable[Step]) -> None:
        """Know these the next time. OSError when they cannot be written."""
        text = json.dumps([asdict(step) for step in steps if step.type == "event"])
        if self._path is None or text == self._kept:
            return
        partial = self._path.with_name(f"{FILE_NAME}.{os.getpid()}")
        partial.write_text(text)
        partial.replace(self._path)
        self._kept = text


def _step(raw: dict[str, Any]) -> Step:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
    return Step(**{**values, "queue": Queue(**raw["queue"])})
