"""The embedded AWS emulator: one ministack for each project, started for the user and owned by nobody else.

install      ministack in a virtual environment of its own, under the user's cache folder
state        what `.motia/emulator.json` remembers: process, port, when it started
process      start a process group, see whether it lives, stop all of it
probe        is something answering, and is it what we think it is
launcher     start, status, stop, reset; `endpoint` is what `--local` asks

The emulator listens on loopback only, enforces IAM, and sees a minimal environment: no credentials of the user.
"""

from motia_local.emulator.endpoint import Endpoint
from motia_local.emulator.install import MINISTACK_VERSION, ensure_installed
from motia_local.emulator.launcher import Status, endpoint, reset, start, status, stop

__all__ = [
    "MINISTACK_VERSION",
    "Endpoint",
    "Status",
    "endpoint",
    "ensure_installed",
    "reset",
    "start",
    "status",
    "stop",
]
