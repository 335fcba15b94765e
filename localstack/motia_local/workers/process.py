"""One worker process: started, spoken to in frames, listened to line by line, killed with all its children.

Ends of life: `drain` lets it finish what it runs, `kill` ends it now. A worker also ends by itself when the socket
closes, so a server killed with SIGKILL leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from motia_local.workers.output import LineReader, OutputLine
from motia_local.workers.python_worker import frames

READ_ON_S = 0.2
Launch = Callable[[int], list[str]]  # the inherited file descriptor -> command line


class Owner(Protocol):
    """Who hears from a worker."""

    def on_frame(self, worker: WorkerProcess, header: dict[str, Any], body: bytes) -> None: ...

    def on_output(self, worker: WorkerProcess, line: OutputLine) -> None: ...

    def on_exit(self, worker: WorkerProcess, how: str) -> None:
        """The process is gone. how: one phrase, such as "exit code 3" or "signal SIGSEGV"."""


class WorkerProcess(asyncio.Protocol):
    """A process and the server's end of its socket."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.pid = 0
        self.started_at = time.monotonic()
        self._reader = frames.FrameReader()
        self._out: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._outputs: dict[int, tuple[LineReader, asyncio.ReadTransport]] = {}  # by descriptor
        self._exited = asyncio.Event()
        self._ending = False

    async def start(self, launch: Launch, descriptors: tuple[int, ...], cwd: Path, env: dict[str, str]) -> None:
        """Start the process, which inherits `descriptors` too; it says hello when it can be given work, which may be
        before this returns. OSError when it cannot be started."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        loop = asyncio.get_running_loop()
        try:
            self._process = subprocess.Popen(
                launch(theirs.fileno()),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(), *descriptors),
                start_new_session=True,  # Ctrl-C in the terminal is the server's, and killpg takes children along
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.pid = self._process.pid
        for number, name, pipe in ((1, "stdout", self._process.stdout), (2, "stderr", self._process.stderr)):
            assert pipe is not None
            reader = LineReader(name, lambda line: self.owner.on_output(self, line))
            transport, _ = await loop.connect_read_pipe(lambda reader=reader: reader, pipe)  # type: ignore[misc]
            self._outputs[number] = (reader, transport)
        ours.setblocking(False)
        await loop.create_unix_connection(lambda: self, sock=ours)  # last: it ends when the process does

    # the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        try:
            for header, body in self._reader.feed(data):
                self.owner.on_frame(self, header, body)
        except frames.FrameError:
            self.kill()  # whatever writes there is not a worker any more
            self._close()

    def connection_lost(self, error: Exception | None) -> None:
        self.kill()
        asyncio.get_running_loop().create_task(self._reap())

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send a frame; without effect when the process is gone. Frames of one turn of the loop leave together."""
        self._out.append(frames.encode(header, body))
        if len(self._out) == 1:
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(out[0] if len(out) == 1 else b"".join(out))

    def printed(self, descriptor: int, data: bytes, step: str, trace_id: str | None) -> None:
        """The worker says that a Step has printed whole lines to a descriptor."""
        self._outputs[descriptor][0].printed(data, step, trace_id)

    # its end

    @property
    def running(self) -> bool:
        """Whether the process lives, asked of the system: a child it left may hold the socket open after its end."""
        if self._process is None or self._process.returncode is not None:
            return False
        if not hasattr(os, "waitid"):
            return True
        # WNOWAIT leaves the process unreaped, so that its id stays its own until its group has been killed
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def kill(self) -> None:
        """End the process, and every process it started in its session, now."""
        if self._process is not None and self._process.returncode is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
        if not self._ending:
            self._ending = True
            # What it has sent is still to be read. The socket ends by itself, unless a child holds it open.
            asyncio.get_running_loop().call_later(READ_ON_S, self._close)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def wait(self) -> None:
        """Return when the process is gone and its output has been read."""
        await self._exited.wait()

    async def _reap(self) -> None:
        assert self._process is not None
        code = await asyncio.get_running_loop().run_in_executor(None, self._process.wait)
        for reader, transport in self._outputs.values():
            await reader.finished()
            transport.close()
        self._exited.set()
        self.owner.on_exit(self, _how(code))


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
