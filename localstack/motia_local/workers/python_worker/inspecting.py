"""A debugger may attach to this worker: debugpy listens, as soon as the worker before it has let go of the port."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time

HOST = "127.0.0.1"
RETRY_S = 0.05
WAIT_S = 10.0  # for the adapter of a worker that has ended


def is_free(port: int) -> bool:
    """Whether one can listen on `port` of the loopback interface."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
    return True


def listen(loop: asyncio.AbstractEventLoop, port: int, until: float | None = None) -> None:
    """Let a debugger attach on `port`. Called in the loop's thread, the one whose frames it will stop."""
    until = until or time.monotonic() + WAIT_S
    if not is_free(port):
        if time.monotonic() < until:
            loop.call_later(RETRY_S, listen, loop, port, until)
        else:
            print(f"no debugger can attach: port {port} is in use", file=sys.stderr)
        return
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # a warning about frozen modules, of no use to anybody
    try:
        import debugpy

        debugpy.configure(subProcess=False)  # a child of a Step would wait for a debugger of its own
        debugpy.listen((HOST, port))
    except (ImportError, RuntimeError) as wrong:
        print(f"no debugger can attach: {wrong}", file=sys.stderr)
