"""`.motia/emulator.json`: which process is this project's emulator."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "emulator.json"


@dataclass(frozen=True)
class State:
    """pid: leader of the emulator's process group. born: when the system says it started, so that a reused pid is seen.

    tag: version and interpreter of the installed emulator. log: path of its output.
    """

    pid: int
    born: str
    port: int
    tag: str
    log: str


def read(folder: Path) -> State | None:
    """What `folder` (a project's `.motia`) remembers; None when nothing does, or when it cannot be understood."""
    try:
        values = json.loads((folder / FILE_NAME).read_text())
        return State(**{key: kind(values[key]) for key, kind in _FIELDS.items()})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, state: State) -> None:
    """Remember `state`; a reader sees the old file or the new one, never half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE_NAME}.{os.getpid()}"
    partial.write_text(json.dumps(asdict(state), indent=2) + "\n")
    partial.replace(folder / FILE_NAME)


def forget(folder: Path) -> None:
    """Remember nothing."""
    (folder / FILE_NAME).unlink(missing_ok=True)


_FIELDS: dict[str, type] = {"pid": int, "born": str, "port": int, "tag": str, "log": str}
