"""What `motia dev` says: where it serves, what is wrong in one line each, what a save has changed."""

from __future__ import annotations

from motia.errors import MotiaError
from motia_local.dev.snapshot import Difference
from motia_local.server.console import Console
from motia_local.server.local import LocalServer
from motia_local.server.reading import View
from motia_local.workers.invocation import LoadReport
from motia_project.model import Problem, Step


class Reporter:
    """Says it on a console. What has been said of a problem is not said again while it lasts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: frozenset[str] = frozenset()

    def started(self, server: LocalServer, report: LoadReport, wanted_port: int) -> None:
        """The server answers."""
        view = server.view or View.empty(server.root)
        for step in view.steps:
            self._console.say(f"[{step.type.upper()}] {_describe(step)} ({step.file})", "➜", "green")
        self._problems(view, report)
        if not view.step_files:
            text = "there are no Steps yet: save one as steps/hello_step.py or steps/hello.step.ts"
            self._console.say(text, "!", "warn")
        elif not view.project.steps:
            self._console.say("no Step can be served until the problems above are mended", "!", "warn")
        if server.port != wanted_port and wanted_port:
            self._console.say(f"⚠️  Port {wanted_port} was in use, using port {server.port} instead")
        self._console.say(f"🚀 Server ready and listening on port {server.port}")
        self._console.say(f"🔗 {server.url}")

    def reloaded(
        self, difference: Difference, before: View | None, after: View | None, report: LoadReport, seconds: float
    ) -> None:
        """A save is served, or is not and what was there before is."""
        after = after or before
        if after is None:
            return
        old = {step.file: step for step in before.steps} if before else {}
        new = {step.file: step for step in after.steps}
        broken = self._problems(after, report)
        took = f"{seconds * 1000:.0f} ms"
        for file in difference.removed:
            step = old.get(file)
            renamed = next((f for f in difference.added if step and f in new and new[f].name == step.name), None)
            if renamed:
                self._console.say(f"{file} is {renamed} now", "✓", "green")
            else:
                self._console.say(f"{file} removed{f': {_describe(step)} is gone' if step else ''}", "✓", "green")
        moved = {step.name for step in old.values() if step.file in difference.removed}
        for file in difference.added:
            if file not in broken and not (file in new and new[file].name in moved):
                self._console.say(
                    f"{file} added{f': {_describe(new[file])}' if file in new else ''} ({took})", "✓", "green"
                )
        for file in difference.changed:
            if file not in broken:
                self._console.say(f"{file} {_change(old.get(file), new.get(file))} ({took})", "✓", "green")

    def note(self, text: str, mark: str, colour: str) -> None:
        """Something else, in one line."""
        self._console.say(text, mark, colour)

    def failed(self, error: MotiaError) -> None:
        """A reload came to nothing; all is served as before."""
        self._console.say(f"not reloaded: {error}", "✗", "error")

    def _problems(self, view: View, report: LoadReport) -> frozenset[str]:
        """Say what is wrong and was not before; the files with errors."""
        lines: dict[str, tuple[str, str, str]] = {}
        for problem in view.problems:
            mark, colour = ("✗", "error") if problem.severity == "error" else ("!", "warn")
            lines[_line(problem, stale=problem.file in view.stale)] = (mark, colour, problem.traceback)
        files = {problem.file for problem in view.problems if problem.severity == "error" and problem.file}
        names = {step.id: step for step in view.steps}
        for id, failure in report.failures.items():
            step = names.get(id)
            file = step.file if step is not None else failure.where  # of code beside the Steps: motia_config.py
            if file is not None and file not in files:
                lines[f"{file}: {failure.what}"] = ("✗", "error", failure.traceback)
                files.add(file)
        for line, (mark, colour, traceback) in lines.items():
            if line not in self._said:
                self._console.say(line, mark, colour)
                if traceback:
                    self._console.say("\n".join(f"    {text}" for text in traceback.splitlines()))
        self._said = frozenset(lines)
        return frozenset(files)


def _line(problem: Problem, *, stale: bool) -> str:
    text = f"{problem.file or 'project'}: {f'{problem.key}: ' if problem.key else ''}{problem.what}"
    details = [
        f"{label} {value}" for label, value in (("it is", problem.value), ("allowed:", problem.allowed)) if value
    ]
    if problem.remedy:
        details.append(problem.remedy)
    if stale:
        details.append("the version before it is still served")
    return "; ".join([text, *details]).replace("\n", " ")


def _describe(step: Step) -> str:
    if step.type == "api":
        return f"{step.name} {step.method} {step.path}"
    if step.type == "event":
        return f"{step.name} on {', '.join(step.subscribes)}"
    return f"{step.name} at {step.cron}"


def _change(before: Step | None, after: Step | None) -> str:
    if after is None:
        return f"saved: {_describe(before)} is gone" if before else "saved"
    if before is None:
        return f"saved: {_describe(after)}"
    return "saved" if _describe(before) == _describe(after) else f"saved: {_describe(before)} is {_describe(after)} now"
