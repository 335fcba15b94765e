"""The compiler of a project: a Node process that compiles its TypeScript and JavaScript as often as it is asked."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from motia.errors import ProjectError
from motia_project.model import Problem
from motia_project.node import tools


@dataclass(frozen=True)
class Compiled:
    """What one compilation made.

    folder: where the modules are; it goes when the compiler does. modules: file -> the ES module of it. inputs: file ->
    the files of the project that it is made of. problems: files that cannot be imported, and why; their modules throw
    the same. notices: about files that are no Steps. warm: a module that imports the packages they use. Files are posix
    paths from the project's root.
    """

    folder: Path
    modules: dict[str, Path]
    inputs: dict[str, tuple[str, ...]]
    problems: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    notices: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    warm: Path | None = None


PROGRAMS: Mapping[str, Path] = {
    name: tools.project_folder() / f"{name}.ts" for name in ("compiler", "reader", "reader_watchdog")
}
"""Our programs for compiling and reading; given to `tools.programs` together, because they share their modules."""


class NotCompiled(ProjectError):
    """Nothing can be compiled because of one file; `problems` says everything that is wrong with it."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        where = error.get("where")
        super().__init__(error["what"], where=where, allowed=error.get("allowed"), remedy=error.get("remedy"))
        self.problems = tuple(Problem(**problem, file=where) for problem in error.get("problems", ()))


class CompilerEnded(ProjectError):
    """The process that compiles is gone; another one may do better."""


def compiler_command(
    root: Path, *, report: Callable[[str], None] | None = None, programs: Mapping[str, Path] | None = None
) -> list[str]:
    """The command line of the process that compiles; src/compiler.ts tells what goes in and what comes out.

    report: told in one line when esbuild has to be installed. programs: more of our own that will import what it makes;
    the Steps' `motia` is theirs. Raises ProjectError without Node or esbuild.
    """
    node = tools.node(root)
    package = tools.esbuild(root, report)
    folder = tools.programs(root, {**PROGRAMS, **(programs or {})})
    return [str(node), str(folder / "compiler.mjs"), str(root), str(package), str(folder / "motia.mjs")]


def compiled(answer: Mapping[str, Any]) -> Compiled:
    """What an answer of the process means. Raises ProjectError when nothing could be compiled."""
    if "error" in answer:
        raise NotCompiled(answer["error"])
    return Compiled(
        Path(answer["folder"]),
        {file: Path(module) for file, module in answer["modules"].items()},
        {file: tuple(inputs) for file, inputs in answer["inputs"].items()},
        _problems(answer["problems"]),
        _problems(answer["notices"]),
        Path(answer["warm"]),
    )


def _problems(given: Mapping[str, list[dict[str, Any]]]) -> dict[str, tuple[Problem, ...]]:
    return {file: tuple(Problem(**problem, file=file) for problem in problems) for file, problems in given.items()}


class Compiler:
    """A running compiler; close it to remove what it made. Not for several threads at a time."""

    def __init__(
        self,
        root: Path,
        *,
        report: Callable[[str], None] | None = None,
        programs: Mapping[str, Path] | None = None,
    ) -> None:
        """report, programs: see `compiler_command`. Raises ProjectError without Node or esbuild."""
        self._count = 0
        self._noise: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self._process = subprocess.Popen(
            compiler_command(root, report=report, programs=programs),
            cwd=root,
            env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._noise,
            start_new_session=True,  # Ctrl+C in a terminal is for us to act on
        )

    def compile(self, files: Sequence[str]) -> Compiled:
        """Compile these files as they are now. files: posix paths from the root. Raises ProjectError."""
        assert self._process.stdin and self._process.stdout
        self._count += 1
        request = {"id": self._count, "compile": {"files": list(files)}}
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise CompilerEnded(f"the compiler ended: {self._said()}", remedy="run `motia install`, then try again")
        return compiled(json.loads(line))

    def close(self) -> None:
        """End the process; the compiled modules are removed."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._noise.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _said(self) -> str:
        code = self._process.wait()
        self._noise.seek(0)
        lines = self._noise.read(1 << 16).decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if "Error" in line]
        return (errors or lines or [f"exit code {code}"])[0].strip()
