"""Keeps the process of a project's adapters up to date, and the engine switched to them.

A process that ends is started again. One that cannot be made again leaves the last one at work; where there is none,
the calls of Steps fail and say why, because the engine's own state is not what the project asked for.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from motia.adapters.bridge import tick_name
from motia.errors import ProjectError, StepError
from motia_local.engine import Engine
from motia_local.server.adapters.host import AdapterHost, Code, Deliver, Ears, error_of
from motia_local.server.adapters.switched import SwitchedEvents, SwitchedState, SwitchedStreams
from motia_local.workers.services import Services
from motia_project.model import Project, Step

TICK_LOCK_MS = 300_000
PAUSES_S = (0.1, 0.5, 2.0, 5.0)  # before the process is started again, the last one for ever


class OwnAdapters:
    """The adapters of the project at `root`, in place of the parts of `engine`; made before anybody takes those.

    services, deliver, env: to be set before `take`. deliver: runs an event Step; raises when it failed.
    """

    services: Services
    deliver: Deliver

    def __init__(self, engine: Engine, root: Path) -> None:
        self._root = root
        self._state = engine.state = SwitchedState(engine.state)
        self._streams = engine.streams = SwitchedStreams(engine.streams, engine.hub)
        self._events = engine.events = SwitchedEvents(engine.events)
        self._kinds: frozenset[str] = frozenset()
        self._host: AdapterHost | None = None
        self._why_not = ""
        self._env: dict[str, str] = {}
        self._code = Code("")
        self._listeners: list[dict[str, Any]] = []
        self._again: asyncio.Task[None] | None = None
        self._ends = 0

    def has(self, kind: str) -> bool:
        """Whether the project brings an adapter of this kind."""
        return kind in self._kinds

    async def take(self, project: Project, code: Code | None, env: dict[str, str], *, stale: bool = False) -> None:
        """Serve what the project's configuration says now. stale: it cannot be read, `project` has its last state."""
        kinds = frozenset(adapter.kind for adapter in project.adapters)
        up = self._host is not None and self._host.running
        changed = not up or (not stale and (env != self._env or self._is_stale(code)))
        self._kinds, self._env, self._code = kinds, env, code or self._code
        self._listeners = [_listener(step, topic) for step in project.steps for topic in step.subscribes]
        if kinds and changed:
            await self._start()
        elif not kinds:
            await self._end()
        self._switch()
        await self._listen()

    async def stop(self) -> None:
        """Let the adapters go."""
        if self._again is not None:
            self._again.cancel()
        await self._end()

    async def may_run(self, step_id: str, tick: datetime) -> bool:
        """Whether this server may run a tick: the first to ask may. StepError when the adapter cannot say."""
        return not self.has("cron") or bool(await self._call("cron.acquire", tick_name(step_id, tick), TICK_LOCK_MS))

    def _is_stale(self, code: Code | None) -> bool:
        return self._host is not None and code is not None and self._host.stale(code)

    async def _start(self) -> None:
        """Make a process of what is on disk now; the one before goes when that has worked."""
        host = AdapterHost(self._root, self._code, self._env, Ears(self._output, self._exited, self.deliver))
        try:
            await host.start()
        except ProjectError as wrong:
            self._why_not = wrong.what
            kept = "; the adapters stay as they were" if self._host is not None and self._host.running else ""
            trace = getattr(wrong, "traceback", "")
            text = f"the project's adapters cannot be made: {wrong}{kept}"
            self.services.notice("error", f"{text}\n{trace}" if trace else text)
            return
        await self._end()
        self._host = host

    async def _end(self) -> None:
        host, self._host = self._host, None
        if host is not None and host.running:
            await host.stop()

    def _switch(self) -> None:
        self._state.call = self._call if self.has("state") else None
        self._streams.call = self._call if self.has("streams") else None
        self._events.call = self._call if self.has("events") else None

    async def _listen(self) -> None:
        if not self.has("events") or self._host is None:
            return
        try:
            await self._call("events.listen", self._listeners)
        except StepError as wrong:
            self.services.notice("error", f"the event adapter cannot be subscribed: {wrong}")

    async def _call(self, operation: str, *arguments: Any) -> Any:
        if self._host is None:
            raise error_of(operation)(f"the project's adapters cannot be used: {self._why_not}", where=self._code.file)
        return await self._host.call(operation, *arguments)

    # what the process says

    def _output(self, line: Any) -> None:
        self.services.output(line)

    def _exited(self, host: AdapterHost, how: str) -> None:
        if host is not self._host:
            return
        pause_s = PAUSES_S[min(self._ends, len(PAUSES_S) - 1)]
        self._ends += 1
        self.services.notice("error", f"the process of the project's adapters ended ({how}); it is started again")
        self._again = asyncio.get_running_loop().create_task(self._restart(pause_s))

    async def _restart(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        await self._start()
        await self._listen()


def _listener(step: Step, topic: str) -> dict[str, Any]:
    queue = step.queue
    options = {
        "type": "fifo" if queue.fifo else "standard",
        "max_retries": queue.max_retries,
        "visibility_timeout": step.visibility_timeout_s,
        "delay_seconds": queue.delay_s,
        "concurrency": queue.concurrency,
    }
    return {"topic": topic, "step": step.id, "name": step.name, "options": options}
