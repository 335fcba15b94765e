"""`types.d.ts` kept current: written after the start and after every save that is served, for editors and `tsc`."""

from __future__ import annotations

import threading

from motia.errors import MotiaError
from motia_local.dev.report import Reporter
from motia_local.server.reading import View
from motia_project.declarations import wants_types, write_types
from motia_project.model import Problem
from motia_project.node.types_package import not_ours, put_types_package


class Typings:
    """The types of one project. What has been said is not said again while it lasts."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._said: frozenset[str] = frozenset()
        self._alone = threading.Lock()

    def refresh(self, view: View | None) -> None:
        """Write what has changed; nothing for a project without TypeScript, JavaScript and `types.d.ts`. Blocks, and
        may be called from any thread."""
        if view is None or not wants_types(view.project):
            return
        with self._alone:
            lines: list[str] = []
            try:
                lines += map(not_ours, put_types_package(view.project.root))
                written = write_types(view.project)
            except MotiaError as wrong:
                lines.append(str(wrong))
            else:
                lines += map(_line, written.warnings)
                if written.changed:
                    self._reporter.note(f"{written.path.name} written", "✓", "green")
            for line in lines:
                if line not in self._said:
                    self._reporter.note(line, "!", "warn")
            self._said = frozenset(lines)


def _line(problem: Problem) -> str:
    return "; ".join(part for part in (f"{problem.file}: {problem.what}", problem.value, problem.remedy) if part)
