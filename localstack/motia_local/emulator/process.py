"""A process group of our own: start it apart from this terminal, see whether it lives, stop every member of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_POLL_S = 0.02
_started: list[subprocess.Popen[bytes]] = []  # outlive us on purpose; Python complains of a forgotten Popen


def spawn(command: list[str], *, environment: dict[str, str], log: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a new session, so that Ctrl-C in this terminal is not its business.

    Its output goes to `log`.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(child)
    return child


def born(pid: int) -> str:
    """When the process started, as the system tells it; empty when there is no such process."""
    try:
        # field 22 of /proc/PID/stat, counted after the name, which may hold spaces and parentheses
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
    except (OSError, IndexError):
        return ""
    try:
        done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def stop_group(pid: int, *, patience_s: float) -> bool:
    """SIGTERM to the whole group, SIGKILL to what is left of it after `patience_s` seconds.

    True when nothing of the group is left.
    """
    if sys.platform == "win32":
        # no process groups: the leader's tree is what there is
        subprocess.run(["taskkill", "/PID", str(pid), "/T", "/F"], capture_output=True, check=False)
        return not born(pid)
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, kind)
        except ProcessLookupError:
            return True
        if _gone(pid, patience_s):
            return True
    return False


def _gone(pid: int, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while _members(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _members(pid: int) -> bool:
    """Somebody of the group still runs; finished children nobody has waited for do not count."""
    try:
        os.waitpid(pid, os.WNOHANG)  # the leader may be a child of this very process
    except OSError:
        pass
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    proc = Path("/proc")
    if not (proc / "self/stat").exists():
        return True
    return any(_group_of(entry) == pid for entry in proc.iterdir() if entry.name.isdigit())


def _group_of(entry: Path) -> int | None:
    """Group of a process that runs; None for one that is finished."""
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[2])
