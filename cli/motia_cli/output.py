"""What the commands print: progress and problems on standard error, results on standard output.

Colours only on a terminal (and never with NO_COLOR or in CI), so that logs of a pipeline stay plain.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any

from motia.errors import MotiaError, StepLoadError

_STYLES = {"red": 31, "green": 32, "yellow": 33, "blue": 36, "dim": 2, "bold": 1}


class Console:
    """Writes for a person on `err`, for a program on `out`. quiet: no progress. plain: no colours."""

    def __init__(
        self, *, quiet: bool = False, plain: bool = False, out: IO[str] | None = None, err: IO[str] | None = None
    ) -> None:
        self.quiet = quiet
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.colours = not plain and self.err.isatty() and "NO_COLOR" not in os.environ and "CI" not in os.environ

    def style(self, text: str, *names: str) -> str:
        """`text` in the given styles, when colours are on."""
        if not self.colours:
            return text
        codes = ";".join(str(_STYLES[name]) for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def result(self, text: str) -> None:
        """The answer of a command, on standard output."""
        print(text, file=self.out, flush=True)

    def json(self, value: Any) -> None:
        """One JSON object on one line, on standard output."""
        print(json.dumps(value, ensure_ascii=False), file=self.out, flush=True)

    def note(self, text: str) -> None:
        """Progress; silent with `quiet`."""
        if not self.quiet:
            print(text, file=self.err, flush=True)

    def step(self, text: str, detail: str = "") -> None:
        """One thing done."""
        self.note(f"{self.style('✓', 'green')} {text}{self.style('  ' + detail, 'dim') if detail else ''}")

    def warning(self, text: str) -> None:
        print(f"{self.style('!', 'yellow')} {text}", file=self.err, flush=True)

    def failure(self, error: MotiaError) -> None:
        """An error of ours: what, where, allowed, remedy, each on a line; the problems of a project in full."""
        problems = getattr(error, "problems", None)
        if problems:
            from motia_project.report import render

            print(render(problems), file=self.err)
        print(f"{self.style('✗', 'red')} {error.what}", file=self.err)
        for label, value in (("where", error.where), ("allowed", error.allowed), ("do", error.remedy)):
            if value:
                print(f"  {self.style(label + ':', 'dim')} {value}", file=self.err)
        if isinstance(error, StepLoadError) and error.traceback:
            print(error.traceback, file=self.err)
        self.err.flush()
