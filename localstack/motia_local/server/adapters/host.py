"""The server's end of the process that hosts a project's adapters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motia import errors
from motia.errors import EmitError, ProjectError, StateError, StepError, StepLoadError, StreamError
from motia_local.workers.launch import adapter_launch
from motia_local.workers.output import OutputLine
from motia_local.workers.pools import language_of
from motia_local.workers.process import WorkerProcess

LOAD_S = 30.0
ERRORS: dict[str, type[StepError]] = {"state": StateError, "streams": StreamError, "events": EmitError}
STOP_S = 6.0

Deliver = Callable[[str, dict[str, Any]], Awaitable[None]]  # id of the Step, event; raises when the Step failed


@dataclass(frozen=True)
class Ears:
    """Who hears of the process. output: it printed. exited: it ended without being asked to, and how."""

    output: Callable[[OutputLine], None]
    exited: Callable[[AdapterHost, str], None]
    deliver: Deliver


@dataclass(frozen=True)
class Code:
    """The project's configuration. file: its path from the root. module: what was compiled of it and of what it
    imports, another one when any of that has changed; None for Python, which is imported as it is."""

    file: str
    module: str | None = None


class AdapterHost:
    """One process, from `start` to `stop`."""

    def __init__(self, root: Path, code: Code, env: dict[str, str], ears: Ears) -> None:
        self.files: dict[str, tuple[int, int]] = {}  # what it imported of the project: time of change, size
        self._code = code
        self.running = False
        self._root = root
        self._env = env
        self._ears = ears
        self._process = WorkerProcess(self)
        self._loaded: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Import the configuration and make the adapters. StepLoadError when that fails; ProjectError: no process."""
        try:
            await self._process.start(
                adapter_launch(language_of(self._code.file), self._root), (), self._root, self._env
            )
        except OSError as wrong:
            raise ProjectError(f"the process of the adapters does not start: {wrong}") from wrong
        self._process.send({"t": "load", "file": self._code.file, "module": self._code.module})
        try:
            answer = await asyncio.wait_for(self._loaded, LOAD_S)
        except TimeoutError:
            self._process.kill()
            raise StepLoadError(f"importing {self._code.file} did not end within {LOAD_S:g} s") from None
        if (error := answer["error"]) is not None:
            await self.stop()
            raise StepLoadError(error["what"], where=error["where"], traceback=error["traceback"])
        self.files = {path: seen for path in answer["files"] if (seen := look(path))}
        self.running = True

    def stale(self, code: Code) -> bool:
        """Whether something it imported has changed since. code: what the project has now."""
        return code != self._code or any(look(path) != seen for path, seen in self.files.items())

    async def call(self, operation: str, *arguments: Any) -> Any:
        """Have an adapter do something. StepError of its kind when it fails."""
        if not self.running:
            raise error_of(operation)("the process of the project's adapters has ended, and is started again")
        self._next += 1
        number = self._next
        reply = self._calls[number] = asyncio.get_running_loop().create_future()
        self._process.send({"t": "call", "id": number, "op": operation, "args": list(arguments)})
        try:
            return await reply
        finally:
            self._calls.pop(number, None)

    async def stop(self) -> None:
        """Let the adapters finish and go; the process is gone when this returns."""
        self._stopping = True
        self.running = False
        self._process.send({"t": "stop"})
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    # what the process says

    def on_frame(self, worker: WorkerProcess, header: dict[str, Any], body: bytes) -> None:
        if header["t"] == "loaded":
            if not self._loaded.done():
                self._loaded.set_result(header)
        elif header["t"] == "reply":
            reply = self._calls.get(header["id"])
            if reply is not None and not reply.done():
                if "error" in header:
                    kind = getattr(errors, header["error"]["type"])
                    reply.set_exception(kind(header["error"]["what"], where=self._code.file))
                else:
                    reply.set_result(header.get("value"))
        elif header["t"] == "call":
            task = asyncio.get_running_loop().create_task(self._deliver(header))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, header: dict[str, Any]) -> None:
        reply: dict[str, Any] = {"t": "reply", "id": header["id"]}
        try:
            await self._ears.deliver(*header["args"])
        except Exception as failed:
            reply["error"] = {"type": "StepError", "what": str(failed)}
        self._process.send(reply)

    def on_output(self, worker: WorkerProcess, line: OutputLine) -> None:
        self._ears.output(line)

    def on_exit(self, worker: WorkerProcess, how: str) -> None:
        self.running = False
        gone = StepLoadError(f"importing {self._code.file} ended its process ({how})", where=self._code.file)
        if not self._loaded.done():
            self._loaded.set_exception(gone)
            return
        for reply in self._calls.values():
            if not reply.done():
                reply.set_exception(StepError(f"the process of the project's adapters ended ({how})"))
        if not self._stopping:
            self._ears.exited(self, how)


def error_of(operation: str) -> type[StepError]:
    """What a failed operation raises in a Step."""
    return ERRORS.get(operation.partition(".")[0], StepError)


def look(path: str) -> tuple[int, int] | None:
    """Time of change and size of a file, None when it is gone."""
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
