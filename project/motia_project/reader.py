"""Reads the configurations of all Python files of a project, in child processes of the project's interpreter."""

from __future__ import annotations

import re
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from linecache import checkcache, getline
from pathlib import Path
from typing import Any

import motia_project
from motia.errors import ProjectError
from motia_project.interpreter import child_command, interpreter
from motia_project.model import Problem
from motia_project.reading_process import ReadingProcess, Stopped, content, never, read_all
from motia_project.readings import Reading

_CHILD = Path(__file__).with_name("reading") / "child.py"
_PACKAGE = Path(motia_project.__file__ or "").parent


def read(
    root: Path,
    files: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout_s: float = 30.0,
    stopped: Stopped = never,
) -> dict[str, Reading]:
    """Read `files` (posix paths from `root`). timeout_s: seconds that importing one file may take.

    Raises ProjectError when the project's interpreter does not start, ReadingStopped when `stopped` says so. Files that
    were not tried because several before them hung are missing from the answer.
    """
    return read_all(root, files, lambda pending: _Child(root, pending, environment, timeout_s, stopped))


class _Child(ReadingProcess):
    """One child process over some files. It dumps where it stands when it crashes or hangs."""

    def messages(self) -> Iterator[dict[str, Any]]:
        with tempfile.TemporaryFile() as self._dumped:
            yield from super().messages()
            self._dump = content(self._dumped)

    def command(self, sender: int) -> list[str]:
        arguments = (str(self.root), str(sender), str(self._dumped.fileno()), str(self.timeout_s))
        return child_command(self.root, _CHILD, *arguments, packages=(_PACKAGE,))

    def inherited(self) -> tuple[int, ...]:
        return (self._dumped.fileno(),)

    def death(self, file: str) -> Problem:
        code = self.process.returncode
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
        said = self.noise.strip().splitlines()
        return self._start_failure(said[-1] if said else f"exit code {self.process.returncode}")

    def not_started(self, error: OSError) -> ProjectError:
        return self._start_failure(error.strerror or str(error))

    def _start_failure(self, reason: str) -> ProjectError:
        return ProjectError(
            f"the project's Python interpreter does not start: {reason}",
            where=str(interpreter(self.root)),
            remedy="run `motia install` to make the project's environment again",
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
