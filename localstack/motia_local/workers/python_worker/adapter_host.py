"""The process of a project's own adapters: `start_adapters.py SOCKET ROOT`. One for the whole local server, so that an
adapter that keeps things in memory works as well as one with a database.

The server sends {"t": "load"}, then {"t": "call", "id", "op", "args"}, at last {"t": "stop"}. The host answers
{"t": "loaded", "files", "error"?} and {"t": "reply", "id", "value" | "error"}; it calls `deliver` for each event that
its event adapter has for a Step.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from motia.adapters.interfaces import StreamAdapter
from motia.adapters.types import Event, QueueConfig, StateItemsInput, SubscriptionHandle
from motia.errors import MotiaError, StepLoadError
from motia.failure import hide, stack
from motia.project_config import ProjectConfig, load_project_config

from . import frames, sources
from .channel import Channel

STOP_S = 5.0
ERRORS = {"state": "StateError", "streams": "StreamError", "events": "EmitError"}


class AdapterHost:
    """Holds the adapters and does what the server asks of them."""

    def __init__(self, sock: socket.socket, root: Path) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.root = root
        self.channel = Channel(sock, self.receive)
        self.channel.gone = leave_now
        self.tasks: set[asyncio.Task[None]] = set()
        self.streams: dict[str, StreamAdapter[Any]] = {}
        self.subscriptions: dict[tuple[str, str], tuple[QueueConfig, SubscriptionHandle]] = {}

    def run(self) -> None:
        """Work until told to stop."""
        self.channel.attach(self.loop)
        self.channel.send({"t": "hello", "protocol": frames.VERSION, "pid": os.getpid()})
        self.loop.run_forever()
        self.channel.flush(wait=True)

    def receive(self, header: dict[str, Any], body: bytes) -> None:
        kind = header["t"]
        if kind == "load":
            self._load()
        elif kind == "call":
            self._start(self._call(header))
        elif kind == "reply":
            self.channel.on_reply(header)
        elif kind == "stop":
            task = self.loop.create_task(self._stop())
            task.add_done_callback(lambda _: self.loop.stop())

    def _start(self, work: Any) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _load(self) -> None:
        error = None
        try:
            self.config = load_project_config(self.root) or ProjectConfig()
            self.state, self.events, self.cron = self.config.state(), self.config.events(), self.config.cron()
        except StepLoadError as wrong:
            error = {"what": wrong.what, "where": wrong.where, "traceback": wrong.traceback}
        except MotiaError as wrong:
            cause = wrong.__cause__
            error = {"what": wrong.what, "where": wrong.where, "traceback": stack(cause) if cause else ""}
        root = os.path.realpath(self.root)
        files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
        own = sorted({path for path in map(os.path.realpath, files) if sources.is_project_file(root, path)})
        self.channel.send({"t": "loaded", "files": own, "error": error})

    async def _call(self, header: dict[str, Any]) -> None:
        reply: dict[str, Any] = {"t": "reply", "id": header["id"]}
        kind, _, name = header["op"].partition(".")
        try:
            reply["value"] = await self._operation(kind, name)(*header["args"])
            self.channel.send(reply)
            return
        except MotiaError as wrong:
            what = wrong.what
        except Exception as error:
            print(stack(error), file=sys.stderr)
            what = f"the {kind} adapter failed: {type(error).__name__}: {error}"
        reply.pop("value", None)
        self.channel.send({**reply, "error": {"type": ERRORS.get(kind, "StepError"), "what": what}})

    def _operation(self, kind: str, name: str) -> Callable[..., Awaitable[Any]]:
        own: Callable[..., Awaitable[Any]] | None = getattr(self, f"_{kind}_{name}", None)
        if own is not None:
            return own
        if kind == "state":
            method: Callable[..., Awaitable[Any]] = getattr(self.state, name)
            return method
        return lambda stream, *arguments: getattr(self._stream(stream), name)(*arguments)

    def _stream(self, name: str) -> StreamAdapter[Any]:
        if name not in self.streams:
            made = self.config.stream(name)
            assert made is not None
            self.streams[name] = made
        return self.streams[name]

    async def _state_items(self, group: str | None) -> list[dict[str, Any]]:
        assert self.state is not None
        return [item.to_json() for item in await self.state.items(StateItemsInput(group))]

    async def _cron_acquire(self, name: str, ttl_ms: int) -> bool:
        assert self.cron is not None
        return await self.cron.acquire_lock(name, ttl_ms) is not None

    async def _events_emit(self, raw: dict[str, Any]) -> None:
        assert self.events is not None
        await self.events.emit(Event.from_json(raw))

    async def _events_listen(self, wanted: list[dict[str, Any]]) -> None:
        """Subscribe these Steps and no others: [{topic, step, name, options}]."""
        assert self.events is not None
        options = {(item["topic"], item["step"]): QueueConfig(**item["options"]) for item in wanted}
        names = {item["step"]: item["name"] for item in wanted}
        for key, (old, handle) in list(self.subscriptions.items()):
            if options.get(key) != old:
                del self.subscriptions[key]
                await self.events.unsubscribe(handle)
        for key, config in options.items():
            if key not in self.subscriptions:
                topic, step = key
                handle = await self.events.subscribe(topic, names[step], self._handler(step), config)
                self.subscriptions[key] = (config, handle)

    def _handler(self, step: str) -> Callable[[Event], Awaitable[None]]:
        async def handle(event: Event) -> None:
            await self.channel.call("deliver", [step, event.to_json()])

        return handle

    async def _stop(self) -> None:
        """Finish what is begun, let the adapters go."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=STOP_S)
        for end in (getattr(adapter, name, None) for adapter, name in self._ends()):
            if end is not None:
                try:
                    await asyncio.wait_for(end(), STOP_S)
                except Exception as error:
                    print(stack(error), file=sys.stderr)

    def _ends(self) -> list[tuple[object, str]]:
        adapters = [(getattr(self, "events", None), "shutdown"), (getattr(self, "cron", None), "shutdown")]
        return [*adapters, (getattr(self, "state", None), "cleanup")]


def leave_now() -> None:
    """The server is gone: so are we."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Host the adapters of a project."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    root = Path(sys.argv[2])
    sock.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hide(str(Path(__file__).parent))
    sources.compile_always(os.path.realpath(root))
    AdapterHost(sock, root).run()
