"""Files that tsconfig.json extends, directly or not: they decide how imports are resolved and what code comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_EXTENDS = re.compile(r'"extends"\s*:\s*(?:"([^"]+)"|\[([^\]]*)\])')


def extended(configs: Iterable[Path]) -> list[Path]:
    """The files that these extend, those of packages left out: they change with what is installed."""
    found: dict[Path, None] = {}
    pending = list(configs)
    while pending:
        path = pending.pop()
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for one, several in _EXTENDS.findall(text):
            for name in [one] if one else re.findall(r'"([^"]+)"', several):
                if not name.startswith((".", "/")):
                    continue
                base = (path.parent / name).resolve()
                for file in (base, base.with_name(f"{base.name}.json"), base / "tsconfig.json"):
                    if file.is_file() and file not in found:
                        found[file] = None
                        pending.append(file)
    return list(found)
