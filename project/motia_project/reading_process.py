"""A process that imports files of a project, whatever those do, and says over a pipe what each of them holds.

A file that exits, crashes or hangs ends the process; it is reported with the place it was in, and a new process goes on
with the files after it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from motia.errors import ProjectError
from motia_project.model import Problem
from motia_project.readings import Reading, to_reading

Stopped = Callable[[], bool]  # whether nobody waits for the answer any more

_HANGS = 3  # one module that hangs is often imported by many Steps; nobody waits for each of them
_GRACE_S = 5.0
_NOISE = 1 << 20  # bytes looked at of what a process printed


class ReadingStopped(Exception):
    """Nobody waits for the answer any more."""


class ReadingProcess(ABC):
    """One process over some files, which it is given as JSON.

    It answers with an object a line: `begin` before it imports a file, then all that `to_reading` takes; `hung`, when
    it sees that itself; at last `done`. timeout_s: seconds that importing one file may take.
    """

    def __init__(
        self, root: Path, files: Any, environment: Mapping[str, str], timeout_s: float, stopped: Stopped
    ) -> None:
        self.root = root
        self.timeout_s = timeout_s
        self.hung = False
        self.traceback = ""  # of a file that hung, if the process told
        self._files = files
        self._environment = dict(environment)
        self._stopped = stopped

    @abstractmethod
    def command(self, sender: int) -> list[str]:
        """The command line. sender: the descriptor to answer on."""

    @abstractmethod
    def death(self, file: str) -> Problem:
        """Why importing `file` ended the process."""

    @abstractmethod
    def start_failure(self) -> ProjectError:
        """The error for a process that never came to the first file."""

    def not_started(self, error: OSError) -> Exception:
        """The error for a command that cannot be run."""
        return error

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the process sends, until it is done, dead or killed. Raises ReadingStopped."""
        results, sender = os.pipe()
        try:
            with tempfile.TemporaryFile() as noise:
                try:
                    self.process = self._start(sender, noise)
                finally:
                    os.close(sender)
                try:
                    self._ask()
                    yield from self._answers(results)
                finally:
                    self._stop()
                    self.noise = content(noise)
        finally:
            os.close(results)

    def inherited(self) -> tuple[int, ...]:
        """Descriptors that the process has besides the one to answer on."""
        return ()

    def _start(self, sender: int, noise: IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self.command(sender),
                cwd=self.root,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=noise,
                pass_fds=(sender, *self.inherited()),
                start_new_session=True,
            )
        except OSError as error:
            raise self.not_started(error) from None

    def _ask(self) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(self._files).encode())
            self.process.stdin.close()
        except BrokenPipeError:
            return  # it died at once; `start_failure` tells why

    def _answers(self, results: int) -> Iterator[dict[str, Any]]:
        buffer = b""
        deadline = time.monotonic() + self.timeout_s + _GRACE_S
        while True:
            ready, _, _ = select.select([results], [], [], 0.2)
            if self._stopped():
                self.hung = True
                raise ReadingStopped
            if ready:
                chunk = os.read(results, 1 << 16)
                if not chunk:
                    return
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    message = json.loads(line)
                    if "done" in message:
                        return
                    if "hung" in message:
                        self.hung, self.traceback = True, message["traceback"]
                        return
                    yield message
                    deadline = time.monotonic() + self.timeout_s + _GRACE_S
            elif self.process.poll() is not None:
                return  # a process that the user's code started still holds the pipe
            elif time.monotonic() > deadline:
                self.hung = True
                return

    def _stop(self) -> None:
        try:
            self.process.wait(0.0 if self.hung else 1.0)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def never() -> bool:
    """Somebody waits for the answer."""
    return False


def read_all(
    root: Path, files: Sequence[str], process_for: Callable[[list[str]], ReadingProcess]
) -> dict[str, Reading]:
    """Read `files` with as many processes as it takes.

    Files that were not tried because several before them hung are missing from the answer. Raises what
    `start_failure` says, and ReadingStopped.
    """
    readings: dict[str, Reading] = {}
    pending, hangs = list(files), 0
    while pending and hangs < _HANGS:
        process = process_for(pending)
        begun: str | None = None
        for message in process.messages():
            if "begin" in message:
                begun = message["begin"]
            elif "file" in message:
                readings[message["file"]] = to_reading(root, message)
                begun = None
        if begun is not None:
            readings[begun] = Reading(begun, problems=(process.death(begun),))
            hangs += process.hung
        remaining = [file for file in pending if file not in readings]
        if len(remaining) == len(pending):
            raise process.start_failure()
        pending = remaining
    return readings


def content(file: IO[bytes]) -> str:
    """What was written to a temporary file, as far as somebody will look."""
    file.seek(0)
    return file.read(_NOISE).decode(errors="replace")
