"""A synthesis process, started early and asked often: it imports aws_cdk while its caller builds."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from motia.errors import MotiaError
from motia_cdk.requests import EnvironmentRequest, StackTemplate, VersionRequest
from motia_cdk.synth_wire import error_from_json

NODE_MAJOR = 20
ANSWER_S = 120.0  # a hundred Steps take three seconds; a process that takes this long hangs


class SynthProcess:
    """Makes templates, one after the other.

    folder: where they are written; without it a folder of its own, gone after `close`. answer_s: seconds to wait for
    an answer. Starts at once and returns at once; the first request waits until the process is ready. Safe to use from
    several threads. Raises MotiaError when Node is missing or too old.
    """

    def __init__(self, folder: Path | None = None, *, answer_s: float = ANSWER_S) -> None:
        node = find_node()
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="motia-synth-")
        folder = Path(self._own.name) if self._own else cast(Path, folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "synth.log"
        self._lock = threading.Lock()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                # -P: the user's project, where this runs, may have modules with the names of ours
                [sys.executable, "-P", "-m", "motia_cdk.synth", str(folder.resolve())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "JSII_NODE": node},
            )
        self._requests = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)
        self._node = node
        self._answer_s = answer_s
        self._ready = False

    @property
    def pid(self) -> int:
        return self._process.pid

    def environment(self, request: EnvironmentRequest) -> StackTemplate:
        """The environment's template. Raises InvalidProject when AWS would refuse it."""
        return self._ask("environment", request.to_json())

    def version(self, request: VersionRequest) -> StackTemplate:
        """The version's template. Raises InvalidProject when AWS would refuse it."""
        return self._ask("version", request.to_json())

    def close(self) -> None:
        """End the process; harmless when it has ended."""
        with contextlib.suppress(BrokenPipeError):  # what an ended process has not read
            self._requests.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()
        if self._own:
            self._own.cleanup()

    def __enter__(self) -> SynthProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, stack: str, request: dict[str, Any]) -> StackTemplate:
        with self._lock:
            if self._requests.closed:
                raise MotiaError("the synthesis process has been closed")
            if not self._ready:
                self._answer()
                self._ready = True
            try:
                print(json.dumps({"stack": stack, "request": request}), file=self._requests, flush=True)
            except BrokenPipeError:
                raise self._ended(late=False) from None
            return StackTemplate.from_json(self._answer())

    def _answer(self) -> Any:
        started = time.monotonic()
        watchdog = threading.Timer(self._answer_s, self._process.kill)
        watchdog.start()
        try:
            line = self._answers.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise self._ended(late=time.monotonic() - started >= self._answer_s)
        answer = json.loads(line)
        if "error" in answer:
            raise error_from_json(answer["error"])
        return answer["ok"]

    def _ended(self, *, late: bool) -> MotiaError:
        """Why there is no answer: most often Node."""
        self._process.wait()
        require_node(self._node)
        if late:
            what = f"the synthesis process gave no answer within {self._answer_s:g} s"
        else:
            lines = [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
            what = f"the synthesis process ended early: {lines[-1] if lines else 'it said nothing'}"
        return MotiaError(what, where=str(self._log), remedy="run the command again")


def find_node() -> str:
    """Path of the Node that synthesis uses. Raises MotiaError when there is none."""
    wanted = os.environ.get("JSII_NODE", "node")
    node = shutil.which(wanted)
    if node is None:
        raise MotiaError(
            f"Node.js is not there (`{wanted}` is not on the PATH); the AWS CDK needs it to make templates",
            allowed=f"Node.js {NODE_MAJOR} or newer",
            remedy="install it from https://nodejs.org and try again",
        )
    return node


def require_node(node: str) -> None:
    """Raise MotiaError when the Node at this path does not run or is too old."""
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        version = ""
    found = re.match(r"v(\d+)\.", version)
    if found is None or int(found[1]) < NODE_MAJOR:
        what = f"Node.js {version.strip()}" if found else "not a working Node.js"
        raise MotiaError(
            f"{node} is {what}; the AWS CDK cannot use it",
            allowed=f"Node.js {NODE_MAJOR} or newer",
            remedy="install it from https://nodejs.org and try again",
        )
