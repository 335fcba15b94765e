"""What `motia dev` can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DevOptions:
    """port: the next free one of ten is taken when it is busy. motia_dir: `.motia` in the project when None.

    workers: processes that run Steps, a number that fits the cores when None. watch: serve what is saved.
    inspect: the port on which a debugger can attach, 0 for the usual ones; then there is one worker of each language.
    """

    port: int = 3000
    host: str = "localhost"
    debug: bool = False
    json_logs: bool = False
    motia_dir: Path | None = None
    workers: int | None = None
    watch: bool = True
    inspect: int | None = None
