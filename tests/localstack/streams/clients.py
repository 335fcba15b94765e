"""The published clients, each in a Node process that does what a test says (`tests/node/client.mjs`)."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import IO, Any

from waiting import eventually


class Client:
    """A process with one stream client in it. package: its name on npm."""

    def __init__(self, folder: Path, package: str) -> None:
        self.package = package
        self.reports: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            ["node", "client.mjs", package],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._errors: list[str] = []
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._input = self._process.stdin
        self._threads = [
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._errors.extend, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self.wait(lambda: {"did": "start"} in self.reports)

    def do(self, what: str, **options: Any) -> None:
        """Send a command; return when it is done."""
        done = len([report for report in self.reports if "did" in report])
        self._input.write(json.dumps({"do": what, **options}) + "\n")
        self._input.flush()
        self.wait(lambda: len([report for report in self.reports if "did" in report]) > done)

    def group(self, name: str, stream: str, group: str, *, listen: str | None = None) -> None:
        """Follow a group under a name. listen: the type of custom events to report."""
        self.do("group", **{"as": name}, stream=stream, group=group, listen=listen)

    def item(self, name: str, stream: str, group: str, id: str, *, listen: str | None = None) -> None:
        """Follow an item."""
        self.do("item", **{"as": name}, stream=stream, group=group, id=id, listen=listen)

    def states(self, of: str) -> list[Any]:
        """What a subscription's change listener was given, in order."""
        return [report["state"] for report in self.reports if report.get("of") == of and "state" in report]

    def events(self, of: str, kind: str) -> list[Any]:
        """The data of custom events."""
        return [report["data"] for report in self.reports if report.get("of") == of and report.get("event") == kind]

    def state(self, of: str) -> Any:
        """The last state of a subscription, without `_createdAt`."""
        states = self.states(of)
        return _bare(states[-1]) if states else "nothing yet"

    def wait(self, check: Any, within_s: float = 20.0) -> None:
        """Return when `check()` is true."""

        def look() -> bool:
            assert self._process.poll() is None, "".join(self._errors)
            return bool(check())

        eventually(look, within_s=within_s, every_s=0.02)

    def until(self, of: str, state: Any, within_s: float = 20.0) -> None:
        """Return when the last state of a subscription is this one."""
        try:
            self.wait(lambda: self.state(of) == state, within_s)
        except AssertionError:
            raise AssertionError(f"not {state!r} but {self.state(of)!r}; {self.reports}; {self._errors}") from None

    def stop(self) -> None:
        """End the process."""
        self._input.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(5)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.reports.append(json.loads(line))


def _bare(state: Any) -> Any:
    if isinstance(state, list):
        return [_bare(item) for item in state]
    return {key: value for key, value in state.items() if key != "_createdAt"} if isinstance(state, dict) else state
