"""Where the `motia` command begins and ends.

SIGINT and SIGTERM mean the same in every command: a KeyboardInterrupt, which stops it in order. Before the command line
is imported and after it is done there is nothing to put in order, and the process just leaves.
"""

from __future__ import annotations

import _thread
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from sys import UnraisableHookArgs
    from types import FrameType
else:
    import _signal as signal  # importing `signal` takes 10 ms, in which Ctrl-C would print a traceback

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the command line and leave with its exit code."""
    on_signals(_Leave(INTERRUPTED))
    from motia_cli.command_line import run

    sys.unraisablehook = raise_again
    interrupt = Interrupt()
    on_signals(interrupt)
    try:
        code = run()
    except BaseException:
        if not interrupt.came:
            raise
        code = INTERRUPTED
    on_signals(_Leave(code))
    sys.exit(code)


class Interrupt:
    """Raises a KeyboardInterrupt, which may arrive as another exception: where it comes while a class is made, Python
    3.11 makes a RuntimeError of it. came: whether it has been raised."""

    came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt


class _Leave:
    """Ends the process without a word."""

    def __init__(self, code: int) -> None:
        self._code = code

    def __call__(self, number: int, frame: FrameType | None) -> None:
        os._exit(self._code)


def on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    """Call `handler` on SIGINT and on SIGTERM, except for one that is ignored, as nohup and background jobs want it."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def raise_again(lost: UnraisableHookArgs) -> None:
    """Raise a KeyboardInterrupt again that came while a finalizer or a weak reference's callback ran, where Python
    drops exceptions: importing a module has such moments, and whoever sent the signal would wait for ever."""
    if lost.exc_type is KeyboardInterrupt:
        # From another thread, which is not within that callback; SIGTERM, since nohup has SIGINT ignored.
        _thread.start_new_thread(signal.pthread_kill, (_thread.get_ident(), signal.SIGTERM))
    else:
        sys.__unraisablehook__(lost)
