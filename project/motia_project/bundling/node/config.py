"""The project's `motia.config.ts` or `motia.config.js`."""

from __future__ import annotations

from pathlib import Path

FILE_NAMES = ("motia.config.ts", "motia.config.js")


def config_file(root: Path) -> str | None:
    """Its path from the root, None when there is none."""
    return next((name for name in FILE_NAMES if (root / name).is_file()), None)
