"""Reads the configurations of all Python files of a project, in a child process, whatever those files do.

A file that exits, crashes or hangs ends the child; it is reported with the place it was in, and a new child goes on
with the files after it.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from linecache import checkcache, getline
from pathlib import Path
from typing import IO, Any

import motia_project
from motia.errors import ProjectError
from motia_project.interpreter import child_command, interpreter
from motia_project.missing_module import remedy_for_missing_module
from motia_project.model import Problem

_CHILD = Path(__file__).with_name("reading") / "child.py"
_PACKAGE = Path(motia_project.__file__ or "").parent
_HANGS = 3  # one module that hangs is often imported by many Steps; nobody waits for each of them
_GRACE_S = 5.0


@dataclass(frozen=True)
class HandlerShape:
    """What a file's `handler` is. required, accepts: positional arguments, None where any number is possible."""

    callable: bool
    required: int
    accepts: int | None
    keyword_only: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Reading:
    """What one file says, before it is validated.

    config: JSON, None if the file has none that can be read. middleware: names of the functions, None without the key.
    can_access: `canAccess` is a function. outside: files outside of the project that it was compiled from, absolute.
    """

    file: str
    config: dict[str, Any] | None = None
    handler: HandlerShape | None = None
    middleware: list[str] | None = None
    can_access: bool = False
    problems: tuple[Problem, ...] = field(default=())
    outside: tuple[str, ...] = ()


def read(
    root: Path, files: Sequence[str], *, environment: Mapping[str, str], timeout_s: float = 30.0
) -> dict[str, Reading]:
    """Read `files` (posix paths from `root`). timeout_s: seconds that importing one file may take.

    Raises ProjectError when the project's interpreter does not start. Files that were not tried because several before
    them hung are missing from the answer.
    """
    readings: dict[str, Reading] = {}
    pending, hangs = list(files), 0
    while pending and hangs < _HANGS:
        child = _Child(root, pending, environment, timeout_s)
        begun: str | None = None
        for message in child.messages():
            if "begin" in message:
                begun = message["begin"]
            elif "file" in message:
                readings[message["file"]] = _reading(root, message)
                begun = None
        if begun is not None:
            problem = child.death(begun)
            hangs += child.hung
            readings[begun] = Reading(begun, problems=(problem,))
        remaining = [file for file in pending if file not in readings]
        if len(remaining) == len(pending):
            raise child.start_failure()
        pending = remaining
    return readings


class _Child:
    """One child process over some files."""

    def __init__(self, root: Path, files: list[str], environment: Mapping[str, str], timeout_s: float) -> None:
        self.root = root
        self.timeout_s = timeout_s
        self.hung = False
        self._files = files
        self._environment = dict(environment)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the child sends, until it is done, dead or killed."""
        results, sender = os.pipe()
        try:
            with tempfile.TemporaryFile() as dump, tempfile.TemporaryFile() as noise:
                try:
                    self._process = self._start(sender, dump, noise)
                finally:
                    os.close(sender)
                try:
                    self._ask()
                    yield from self._answers(results)
                finally:
                    self._stop()
                    self._dump = _content(dump)
                    self._noise = _content(noise)
        finally:
            os.close(results)

    def _start(self, sender: int, dump: IO[bytes], noise: IO[bytes]) -> subprocess.Popen[bytes]:
        arguments = (str(self.root), str(sender), str(dump.fileno()), str(self.timeout_s))
        command = child_command(self.root, _CHILD, *arguments, packages=(_PACKAGE,))
        try:
            return subprocess.Popen(
                command,
                cwd=self.root,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=noise,
                pass_fds=(sender, dump.fileno()),
                start_new_session=True,
            )
        except OSError as error:
            raise self._start_failure(error.strerror or str(error)) from None

    def _ask(self) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(self._files).encode())
            self._process.stdin.close()
        except BrokenPipeError:
            return  # it died at once; `start_failure` tells why

    def _answers(self, results: int) -> Iterator[dict[str, Any]]:
        buffer = b""
        deadline = time.monotonic() + self.timeout_s + _GRACE_S
        while True:
            ready, _, _ = select.select([results], [], [], 0.2)
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
                    yield message
                    deadline = time.monotonic() + self.timeout_s + _GRACE_S
            elif self._process.poll() is not None:
                return  # a process that the user's code forked still holds the pipe
            elif time.monotonic() > deadline:
                self.hung = True
                return

    def _stop(self) -> None:
        try:
            self._process.wait(0.0 if self.hung else 1.0)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def death(self, file: str) -> Problem:
        """Why importing `file` ended the child."""
        code = self._process.returncode
        frames = _dumped_frames(self._dump, self.root)
        if self.hung or self._dump.startswith("Timeout"):
            self.hung = True
            return Problem(
                f"importing the file did not end within {self.timeout_s:g} s",
                file=file,
                remedy="move what waits or loops into the handler",
                traceback=frames,
            )
        if code == -signal.SIGKILL:
            return Problem("importing the file got the process killed", file=file, remedy="perhaps memory ran out")
        if code < 0:
            what = f"importing the file crashed the interpreter ({signal.Signals(-code).name})"
            return Problem(what, file=file, remedy="a native library failed; update or replace it", traceback=frames)
        what = f"importing the file ended the process with exit code {code}"
        return Problem(what, file=file, remedy="move what calls os._exit into the handler", traceback=frames)

    def start_failure(self) -> ProjectError:
        """The error for a child that never came to the first file."""
        said = self._noise.strip().splitlines()
        return self._start_failure(said[-1] if said else f"exit code {self._process.returncode}")

    def _start_failure(self, reason: str) -> ProjectError:
        return ProjectError(
            f"the project's Python interpreter does not start: {reason}",
            where=str(interpreter(self.root)),
            remedy="run `motia install` to make the project's environment again",
        )


def to_reading(root: Path, message: dict[str, Any]) -> Reading:
    """The Reading in one answer of a child, `motia_project.reading.child.answer`."""
    return _reading(root, message)


def _reading(root: Path, message: dict[str, Any]) -> Reading:
    file = message["file"]
    shape = message.get("handler")
    if shape is not None:
        shape = HandlerShape(**{**shape, "keyword_only": tuple(shape["keyword_only"])})
    problems = []
    for raw in message["problems"]:
        if missing := raw.pop("missing_module", None):
            raw["remedy"] = remedy_for_missing_module(root, missing)
        problems.append(Problem(**{key: value for key, value in raw.items() if value}, file=file))
    return Reading(
        file,
        config=message.get("config"),
        handler=shape,
        middleware=message.get("middleware"),
        can_access=message.get("can_access", False),
        problems=tuple(problems),
    )


def _dumped_frames(dump: str, root: Path) -> str:
    """The user's frames of faulthandler's dump, most recent last; of the thread that was importing."""
    threads = re.split(r"^(?=Current thread |Thread )", dump, flags=re.MULTILINE)[1:]
    # In a crash the current thread is to blame; otherwise the main thread, which is listed last.
    current = [thread for thread in threads if thread.startswith("Current")]
    checkcache()
    for thread in (*current, *reversed(threads)):
        lines = re.findall(r'^  File "(.+)", line (\d+) in (.+)$', thread, flags=re.MULTILINE)
        own = [
            f'  File "{Path(name).relative_to(root)}", line {line}, in {place}\n    {getline(name, int(line)).strip()}'
            for name, line, place in reversed(lines)
            if Path(name).is_relative_to(root)
        ]
        if own:
            return "\n".join(["Traceback (most recent call last):", *own])
    return ""


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(1 << 20).decode(errors="replace")
