"""The worker process: `start.py SOCKET PROGRESS ROOT` (two inherited file descriptors and the project's folder)."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from motia.descriptor import BundleDescriptor
from motia.errors import StepLoadError
from motia.failure import hide
from motia.loading import load_step
from motia.stream_access import load_auth, load_guard

from . import frames, sources
from .channel import Channel
from .output import StepOutput
from .runner import Runner, Who, current
from .serving.front import Front
from .shared import LOADING, STARTED, Shared
from .watchdog import Watchdog

LOADERS = {"stream": load_guard, "auth": load_auth}  # by the type of what is loaded; of any other it is a Step


class Worker:
    """One worker process."""

    def __init__(self, sock: socket.socket, progress: int, root: Path) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.root = root
        self.shared = Shared(progress)
        self.numbers = self.shared.numbers
        self.front: Front | None = None
        self.channel = Channel(sock, self.receive)
        self.channel.gone = end_now
        self.outputs = [StepOutput(number, who, self.channel.send_now) for number in (1, 2)]
        sys.stdout, sys.stderr = self.outputs
        self.runner = Runner(root, self.channel, self._began, self._done)
        self.loop.set_default_executor(self.runner.threads)
        self.watchdog = Watchdog(self.runner, self.channel, self.numbers, self.loop.call_soon_threadsafe, self.receive)
        self.handlers = {
            "invoke": self._on_invoke,
            "reply": self._on_reply,
            "read": self._on_read,
            "load": self._on_load,
            "table": self._on_table,
            "warm": self._on_warm,
            "drain": self._on_drain,
            "front": self._on_front,
            "unfront": self._on_unfront,
            "inspect": self._on_inspect,
        }

    def run(self) -> None:
        """Work until told to drain."""
        self.channel.attach(self.loop)
        self.watchdog.start()
        self.channel.send({"t": "hello", "protocol": frames.VERSION, "pid": os.getpid(), "runtime": sys.version})
        while True:
            try:
                self.loop.run_forever()
                break
            except SystemExit as left:  # a task of the user's own; those of invocations never let it through
                print(f"a background task called sys.exit({left.code!r}); ignored", file=sys.stderr)
            except KeyboardInterrupt:
                continue
        self.channel.flush(wait=True)
        self.runner.threads.shutdown(wait=False, cancel_futures=True)

    def receive(self, header: dict[str, Any], body: bytes) -> None:
        handle = self.handlers.get(header["t"])
        if handle is not None:  # what a newer server says and this worker does not know, it need not do
            handle(header, body)

    def _began(self, number: int) -> None:
        self.numbers[STARTED] = number

    def _done(self, who: Who) -> None:
        for output in self.outputs:
            output.finish(who)

    def _on_invoke(self, header: dict[str, Any], body: bytes) -> None:
        self.runner.accept(header, body)
        self.watchdog.wake()

    def _on_reply(self, header: dict[str, Any], body: bytes) -> None:
        self.channel.on_reply(header)

    def _on_read(self, header: dict[str, Any], body: bytes) -> None:
        from motia_project.reading.child import answer
        from motia_project.reading.loading import ProjectImporter

        _adopt(header["env"])
        importer = ProjectImporter(Path(os.path.realpath(self.root)))
        answers = []
        with self._importing():
            for position, file in enumerate(header["files"]):
                self.numbers[LOADING] = position + 1
                answers.append(answer(importer, file))
        self.channel.send({"t": "readings", "answers": answers})

    def _on_load(self, header: dict[str, Any], body: bytes) -> None:
        _adopt(header["env"])
        descriptor = BundleDescriptor.from_json(body)
        steps = []
        with self._importing():
            for position, step in enumerate(descriptor.steps):
                self.numbers[LOADING] = position + 1
                error = None
                try:
                    self.runner.steps[step.id] = LOADERS.get(step.type, load_step)(self.root, step)
                except StepLoadError as wrong:
                    error = {"what": wrong.what, "where": wrong.where, "traceback": wrong.traceback}
                steps.append({"id": step.id, "error": error})
        self.runner.descriptor = descriptor
        modules = sources.foreign_modules(os.path.realpath(self.root))
        self.channel.send({"t": "loaded", "steps": steps, "modules": modules})

    @contextlib.contextmanager
    def _importing(self) -> Iterator[None]:
        self.watchdog.loading = True
        self.watchdog.wake()
        try:
            yield
        finally:
            self.numbers[LOADING] = 0
            self.watchdog.loading = False
            os.chdir(self.root)

    def _on_table(self, header: dict[str, Any], body: bytes) -> None:
        self.runner.descriptor = BundleDescriptor.from_json(body)

    def _on_warm(self, header: dict[str, Any], body: bytes) -> None:
        import motia_project.reading.child  # noqa: F401

        _adopt(header["env"])
        with self._importing():
            for name in header["modules"]:
                if name not in sys.modules:
                    with contextlib.suppress(Exception):  # whoever imports it for real will see why
                        importlib.import_module(name)

    def _on_front(self, header: dict[str, Any], body: bytes) -> None:
        """Answer requests: connections come over the inherited socket `fd`."""
        if self.front is None:
            places, wake = self.shared.places, self.watchdog.wake
            gc.freeze()  # what has been imported stays: no collection during a request need look at it again
            self.front = Front(socket.socket(fileno=header["fd"]), self.channel, self.runner, places, wake)
            self.watchdog.return_arrived = self.front.return_arrived
        self.front.serve(header["steps"], header["elsewhere"], header["pages"], header["mounts"], header["maxBody"])

    def _on_unfront(self, header: dict[str, Any], body: bytes) -> None:
        if self.front is not None:
            self.front.drain(stopping=header["stopping"])

    def _on_inspect(self, header: dict[str, Any], body: bytes) -> None:
        from . import inspecting

        self.watchdog.patient = True
        inspecting.listen(self.loop, header["port"])

    def _on_drain(self, header: dict[str, Any], body: bytes) -> None:
        self.loop.call_soon(self.loop.stop)


def _adopt(env: dict[str, str]) -> None:
    """Make `env` the environment: the server may have learned it after it started this process."""
    for name in os.environ.keys() - env.keys():
        del os.environ[name]
    os.environ.update(env)


def who() -> Who | None:
    """Who is printing."""
    running = current.get()
    return running[1] if running else None


def end_now() -> NoReturn:
    """The server is gone: so are we, and every process a Step started."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def tell_before_leaving(channel: Channel) -> None:
    """`os._exit` in a Step ends the worker: say which Step it was. Forked children keep the real one."""
    leave, pid = os._exit, os.getpid()

    def leaving(status: int) -> NoReturn:
        running = current.get()
        if os.getpid() == pid and running is not None:
            channel.send({"t": "dying", "current": running[0]})
            channel.flush(wait=True)
        leave(status)

    os._exit = leaving


def main() -> None:
    """Run a worker."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    root = Path(sys.argv[3])
    sock.set_inheritable(False)
    os.register_at_fork(after_in_child=sock.close)
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hide(str(Path(__file__).parent))
    sources.compile_always(os.path.realpath(root))
    worker = Worker(sock, int(sys.argv[2]), root)
    tell_before_leaving(worker.channel)
    worker.run()
