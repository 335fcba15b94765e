"""Where the `motia` command begins and ends.

SIGINT and SIGTERM mean the same in every command: a KeyboardInterrupt, which stops it in order. Before the command line
is imported and after it is done there is nothing to put in order, and the process just leaves.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the command line and leave with its exit code."""
    _on_signals(_Leave(INTERRUPTED))
    from motia_cli.command_line import run

    _on_signals(signal.default_int_handler)
    try:
        code = run()
    except KeyboardInterrupt:  # a second one, while the first was being told
        code = INTERRUPTED
    _on_signals(_Leave(code))
    sys.exit(code)


class _Leave:
    """Ends the process without a word."""

    def __init__(self, code: int) -> None:
        self._code = code

    def __call__(self, number: int, frame: FrameType | None) -> None:
        os._exit(self._code)


def _on_signals(handler: signal._HANDLER) -> None:
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs want it
            signal.signal(number, handler)
