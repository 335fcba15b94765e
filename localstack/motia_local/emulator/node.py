"""Which Node runs the functions of TypeScript and JavaScript Steps."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_PATIENCE_S = 10


def path(root: Path) -> str | None:
    """The PATH of functions, so that `node` in it is what it is in the project at `root`; None without a PATH.

    A version manager's `node` chooses by the folder and by files in the user's HOME, and functions see neither.
    """
    given = os.environ.get("PATH")
    node = shutil.which("node")
    if given is None or node is None or not (root / "package.json").is_file():
        return given
    try:
        done = subprocess.run(
            [node, "-p", "process.execPath"], cwd=root, capture_output=True, text=True, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return given  # a Step that needs Node says that there is none
    real = Path(done.stdout.strip())
    if done.returncode or not real.is_absolute() or real.parent == Path(node).parent:
        return given
    return os.pathsep.join((str(real.parent), given))
