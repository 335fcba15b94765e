"""Reads the configurations of the TypeScript and JavaScript files of a project.

They are compiled by one run of esbuild and imported in one Node process. A file that exits, crashes or hangs ends that
process; it is reported with the place it was in, and a new process goes on with the files after it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from motia.errors import ProjectError
from motia_project.model import Problem
from motia_project.node import tools
from motia_project.node.compiler import PROGRAMS, Compiled, Compiler, CompilerEnded, NotCompiled
from motia_project.reader import Reading, to_reading

FLAGS = ("--enable-source-maps", "--no-warnings")
"""Of every Node process that runs the project's files."""

_HANGS = 3  # one module that hangs is often imported by many Steps; nobody waits for each of them
_GRACE_S = 5.0
_UNSETTLED = 13  # Node's exit code for a top-level `await` that nothing will end


def read_node(
    root: Path, files: Sequence[str], environment: Mapping[str, str], timeout_s: float
) -> Mapping[str, Reading]:
    """Read `files` (posix paths from `root`). timeout_s: seconds that importing one file may take.

    The answer may have more files than were asked for: what is wrong with the configuration of esbuild. Files that were
    not tried because several before them hung are missing from it. Raises ProjectError without Node or esbuild, and
    esbuild ends.
    """
    with Compiler(root) as compiler:
        try:
            compiled = compiler.compile(files)
        except CompilerEnded:
            raise
        except ProjectError as wrong:
            return _nothing(files, wrong)
        imported = _import(root, compiled, environment, timeout_s)
    readings = {
        file: replace(_whole(reading, compiled), outside=_outside(root, compiled, file))
        for file, reading in imported.items()
    }
    for file in files:
        if file not in compiled.modules:
            readings[file] = Reading(file, problems=compiled.problems.get(file, ()))
    readings.update({file: Reading(file, problems=problems) for file, problems in compiled.notices.items()})
    return readings


def _whole(reading: Reading, compiled: Compiled) -> Reading:
    """What keeps a file from being imported ends with the first thing that is wrong; the compiler knows of all."""
    known = compiled.problems.get(reading.file, ())
    return replace(reading, problems=known) if not set(known).isdisjoint(reading.problems) else reading


def _nothing(files: Sequence[str], wrong: ProjectError) -> dict[str, Reading]:
    """No file can be compiled because of another, such as tsconfig.json: that one is to blame, once."""
    place, _, line = (wrong.where or "").partition(", ")
    problem = Problem(wrong.what, place or None, key=line or None, allowed=wrong.allowed, remedy=wrong.remedy)
    problems = (wrong.problems if isinstance(wrong, NotCompiled) else ()) or (problem,)
    return {**{file: Reading(file) for file in files}, place: Reading(place, problems=problems)}


def _outside(root: Path, compiled: Compiled, file: str) -> tuple[str, ...]:
    """Absolute paths of what the file is made of outside of the project, such as packages of a workspace."""
    return tuple(os.path.normpath(root / path) for path in compiled.inputs[file] if path.startswith("../"))


def _import(root: Path, compiled: Compiled, environment: Mapping[str, str], timeout_s: float) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    pending, hangs = dict(compiled.modules), 0
    while pending and hangs < _HANGS:
        process = _Process(root, pending, environment, timeout_s)
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
        remaining = {file: module for file, module in pending.items() if file not in readings}
        if len(remaining) == len(pending):
            raise process.start_failure()
        pending = remaining
    return readings


class _Process:
    """One process over some files."""

    def __init__(
        self, root: Path, modules: Mapping[str, Path], environment: Mapping[str, str], timeout_s: float
    ) -> None:
        self.hung = False
        self._root = root
        self._modules = modules
        self._environment = dict(environment)
        self._timeout_s = timeout_s
        self._traceback = ""

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the process sends, until it is done, dead or killed."""
        results, sender = os.pipe()
        try:
            with tempfile.TemporaryFile() as noise:
                try:
                    self._process = self._start(sender, noise)
                finally:
                    os.close(sender)
                try:
                    self._ask()
                    yield from self._answers(results)
                finally:
                    self._stop()
                    noise.seek(0)
                    self._noise = noise.read(1 << 20).decode(errors="replace")
        finally:
            os.close(results)

    def _start(self, sender: int, noise: IO[bytes]) -> subprocess.Popen[bytes]:
        program = tools.programs(self._root, PROGRAMS) / "reader.mjs"
        command = [tools.node(self._root), *FLAGS, program, self._root, str(sender), str(self._timeout_s)]
        return subprocess.Popen(
            list(map(str, command)),
            cwd=self._root,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=noise,
            pass_fds=(sender,),
            start_new_session=True,
        )

    def _ask(self) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({file: str(path) for file, path in self._modules.items()}).encode())
            self._process.stdin.close()
        except BrokenPipeError:
            return  # it died at once; `start_failure` tells why

    def _answers(self, results: int) -> Iterator[dict[str, Any]]:
        buffer = b""
        deadline = time.monotonic() + self._timeout_s + _GRACE_S
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
                    if "hung" in message:
                        self.hung, self._traceback = True, message["traceback"]
                        return
                    yield message
                    deadline = time.monotonic() + self._timeout_s + _GRACE_S
            elif self._process.poll() is not None:
                return  # a process that the user's code started still holds the pipe
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
        """Why importing `file` ended the process."""
        code = self._process.returncode
        if self.hung:
            return Problem(
                f"importing the file did not end within {self._timeout_s:g} s",
                file=file,
                remedy="move what waits or loops into the handler",
                traceback=self._traceback,
            )
        if code == _UNSETTLED:
            what = "importing the file does not end: a top-level `await` waits for what never comes"
            return Problem(what, file=file, remedy="move what waits into the handler")
        if "heap out of memory" in self._noise or code == -signal.SIGKILL:
            remedy = "perhaps memory ran out; move what needs so much into the handler"
            return Problem("importing the file got the process killed", file=file, remedy=remedy)
        if code < 0:
            what = f"importing the file crashed Node ({signal.Signals(-code).name})"
            return Problem(what, file=file, remedy="a native package failed; update or replace it")
        what = f"importing the file ended the process with exit code {code}"
        return Problem(what, file=file, remedy="move what ends the process into the handler")

    def start_failure(self) -> ProjectError:
        """The error for a process that never came to the first file."""
        lines = self._noise.strip().splitlines()
        said = [line for line in lines if "Error" in line] or lines or [f"exit code {self._process.returncode}"]
        return ProjectError(
            f"Node does not start: {said[0].strip()}",
            where=str(tools.node(self._root)),
            remedy="check NODE_OPTIONS, and `node --version`",
        )
