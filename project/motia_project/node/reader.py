"""Reads the configurations of the TypeScript and JavaScript files of a project.

They are compiled by one run of esbuild and imported in one Node process, or as many as it takes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from motia.errors import ProjectError
from motia_project.model import Problem
from motia_project.node import tools
from motia_project.node.compiler import PROGRAMS, Compiled, Compiler, CompilerEnded, NotCompiled
from motia_project.reading_process import ReadingProcess, Stopped, never, read_all
from motia_project.readings import Reading

FLAGS = ("--enable-source-maps", "--no-warnings")
"""Of every Node process that runs the project's files."""

_UNSETTLED = 13  # Node's exit code for a top-level `await` that nothing will end


def read_node(
    root: Path, files: Sequence[str], environment: Mapping[str, str], timeout_s: float, stopped: Stopped = never
) -> Mapping[str, Reading]:
    """Read `files` (posix paths from `root`). timeout_s: seconds that importing one file may take.

    The answer may have more files than were asked for: what is wrong with the configuration of esbuild. Files that were
    not tried because several before them hung are missing from it. Raises ProjectError without Node or esbuild, and
    when esbuild ends; ReadingStopped when `stopped` says so.
    """
    with Compiler(root) as compiler:
        try:
            compiled = compiler.compile(files)
        except CompilerEnded:
            raise
        except ProjectError as wrong:
            return _nothing(files, wrong)

        def process_for(pending: list[str]) -> _Process:
            modules = {file: str(compiled.modules[file]) for file in pending}
            return _Process(root, modules, environment, timeout_s, stopped)

        imported = read_all(root, list(compiled.modules), process_for)
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


class _Process(ReadingProcess):
    """One process over some files."""

    def command(self, sender: int) -> list[str]:
        program = tools.programs(self.root, PROGRAMS) / "reader.mjs"
        command = (tools.node(self.root), *FLAGS, program, self.root, sender, self.timeout_s)
        return list(map(str, command))

    def death(self, file: str) -> Problem:
        code = self.process.returncode
        if self.hung:
            return Problem(
                f"importing the file did not end within {self.timeout_s:g} s",
                file=file,
                remedy="move what waits or loops into the handler",
                traceback=self.traceback,
            )
        if code == _UNSETTLED:
            what = "importing the file does not end: a top-level `await` waits for what never comes"
            return Problem(what, file=file, remedy="move what waits into the handler")
        if "heap out of memory" in self.noise or code == -signal.SIGKILL:
            remedy = "perhaps memory ran out; move what needs so much into the handler"
            return Problem("importing the file got the process killed", file=file, remedy=remedy)
        if code < 0:
            what = f"importing the file crashed Node ({signal.Signals(-code).name})"
            return Problem(what, file=file, remedy="a native package failed; update or replace it")
        what = f"importing the file ended the process with exit code {code}"
        return Problem(what, file=file, remedy="move what ends the process into the handler")

    def start_failure(self) -> ProjectError:
        lines = self.noise.strip().splitlines()
        said = [line for line in lines if "Error" in line] or lines or [f"exit code {self.process.returncode}"]
        return ProjectError(
            f"Node does not start: {said[0].strip()}",
            where=str(tools.node(self.root)),
            remedy="check NODE_OPTIONS, and `node --version`",
        )
