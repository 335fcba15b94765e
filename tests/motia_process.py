"""`motia dev` or `motia start` as a person runs it: a process of its own, saved files, what it prints."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from motia_project.model import Language
from waiting import eventually

MOTIA = str(Path(sys.executable).with_name("motia"))


@dataclass
class MotiaProcess:
    """One `motia dev`, or `motia start`, and its project. language: of the Steps that `step` saves."""

    root: Path
    command: str = "dev"
    language: Language = "python"
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    port: int = 0

    def write(self, file: str, source: str) -> None:
        """Save a file as an editor does: beside it first, then renamed over it."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.tmp")
        beside.write_text(textwrap.dedent(source))
        beside.replace(path)

    def step(self, name: str, body: str, path: str | None = None) -> None:
        """Save a GET Step that returns the value of the expression `body`."""
        config = {"type": "api", "name": name, "method": "GET", "path": path or f"/{name}", "emits": []}
        if self.language == "node":
            source = (
                f"export const config = {json.dumps(config)}\nexport const handler = async (req: any, context: any) => "
            )
            self.write(f"steps/{name}.step.ts", f"{source}({{ status: 200, body: {body} }})\n")
            return
        source = f"config = {config}\nasync def handler(req, context):\n    return {{'status': 200, 'body': {body}}}\n"
        self.write(f"steps/{name}_step.py", source)

    def start(self, *options: str, env: dict[str, str] | None = None, within_s: float = 20.0) -> None:
        """Run the command until the server is ready."""
        self.launch(*options, env=env)
        ready = eventually(
            lambda: self.said(r"listening on port (\d+)") or self.process.poll() is not None, within_s=within_s
        )
        assert isinstance(ready, re.Match), self.lines
        self.port = int(ready[1])

    def launch(self, *options: str, env: dict[str, str] | None = None) -> None:
        """Run the command."""
        self.process = subprocess.Popen(
            [MOTIA, self.command, "-p", "0", *options],
            cwd=self.root,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, pattern: str) -> re.Match[str] | None:
        """The first printed line that matches."""
        return next((found for line in list(self.lines) if (found := re.search(pattern, line))), None)

    def get(self, path: str) -> tuple[int, str]:
        return self._call(path, None)

    def post(self, path: str, body: object = None, *, timeout_s: float = 20.0) -> tuple[int, str]:
        return self._call(path, json.dumps(body).encode(), timeout_s)

    def _call(self, path: str, body: bytes | None, timeout_s: float = 20.0) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", body, timeout=timeout_s) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def emit(self, topic: str, data: object) -> None:
        body = json.dumps({"topic": topic, "data": data}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/emit", body, timeout=20).close()

    def serves(self, path: str, body: str, status: int = 200) -> None:
        eventually(lambda: self.get(path) == (status, body), every_s=0.02)

    def says(self, pattern: str) -> re.Match[str]:
        return eventually(lambda: self.said(pattern), every_s=0.02)

    def takes_signals(self) -> bool:
        """Whether the command has a handler for SIGTERM: the interpreter is up, and our first lines have run."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = re.search(r"^SigCgt:\t(\w+)$", status, re.MULTILINE)
        return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)

    def children(self) -> list[int]:
        """Processes that the server has started, however indirectly."""
        assert self.process is not None
        return descendants(self.process.pid)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)


def descendants(pid: int) -> list[int]:
    direct: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            direct += [int(child) for child in task.read_text().split()]
    return direct + [below for child in direct for below in descendants(child)]


def alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
