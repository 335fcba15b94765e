"""What `motia start` can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StartOptions:
    """workers: processes, a number that fits the cores when None. motia_dir: `.motia` in the project when None.

    grace_s: seconds that requests and events at work have to end after the server was told to stop.
    """

    port: int = 3000
    host: str = "localhost"
    workers: int | None = None
    debug: bool = False
    json_logs: bool = False
    motia_dir: Path | None = None
    grace_s: float = 30.0
