"""The local server of one project: engine, workers and HTTP, put together.

async with LocalServer(root, ServerOptions(port=0)) as server:
    ...  # server.url
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from motia.adapters.types import Event
from motia.errors import ProjectError
from motia.ids import new_trace_id
from motia_local.engine import CronJob, CronRunner, Delivery, Engine
from motia_local.server.adapters import Code, OwnAdapters
from motia_local.server.api_document import ApiDocument
from motia_local.server.app import App, StepApp
from motia_local.server.console import Console, ConsoleHandler
from motia_local.server.emit_route import EmitRoute
from motia_local.server.event_steps import EventSteps
from motia_local.server.guard import TOKEN_VARIABLE, Guard
from motia_local.server.http import HttpServer, bind
from motia_local.server.reading import View, read_project
from motia_local.server.routes import Routes
from motia_local.server.runs import Runs
from motia_local.server.services import StepServices
from motia_local.server.traces import Tracer
from motia_local.server.websocket.access import Access
from motia_local.server.websocket.app import StreamSockets
from motia_local.workers.inspected import PATIENCE_S
from motia_local.workers.invocation import LoadReport
from motia_local.workers.pools import Pools, make_pools
from motia_project.env_file import local_environment
from motia_project.model import Language

TRACES_EVERY_S = 0.25
LONG_S = 2.0  # reading a project takes less


class Superseded(Exception):
    """Something newer is there to be read."""


@dataclass(frozen=True)
class ServerOptions:
    """port: 0 for any. port_tries: how many ports from `port` on are tried. motia_dir: of the local data, `.motia` in
    the project when None. memory: keep nothing on disk. workers: processes, a number that fits the cores when None.
    dev: what is saved is served. admin_token: for `/__motia/` and `/emit` when `host` is not this machine's alone;
    MOTIA_ADMIN_TOKEN when None, or a new one. patient: an event is not received again while its Step is debugged."""

    host: str = "localhost"
    port: int = 0
    port_tries: int = 1
    motia_dir: Path | None = None
    memory: bool = False
    workers: int | None = None
    debug: bool = False
    json_logs: bool = False
    max_body_bytes: int | None = None
    dev: bool = False
    admin_token: str | None = None
    patient: bool = False


class LocalServer:
    """Serves a project between `start` and `stop`, in one event loop."""

    def __init__(
        self,
        root: Path,
        options: ServerOptions | None = None,
        *,
        console: Console | None = None,
        pool: Pools[Any] | None = None,
    ) -> None:
        """pool: one whose workers are starting already, made by `make_pools`."""
        self.root = Path(root).resolve()
        self.options = options or ServerOptions()
        self.console = console or Console(json_lines=self.options.json_logs)
        self._logging = ConsoleHandler(self.console)
        folder = None if self.options.memory else self.options.motia_dir or self.root / ".motia"
        self.engine = Engine(folder)
        self._event_steps = EventSteps(folder)
        self.adapters = OwnAdapters(self.engine, self.root)
        self.services = StepServices(self.engine, self.console)
        self.tracer = Tracer(self.engine.records)
        self.pool: Pools[Any] = pool or make_pools(self.root, self.options.workers)
        self.pool.services = self.services
        self.runs = Runs(self.pool, self.services, self.tracer)
        self.adapters.services, self.adapters.deliver = self.services, self._on_delivery
        self.guard = Guard(self._address, self.options.admin_token or os.environ.get(TOKEN_VARIABLE))
        self.emit = EmitRoute(self.engine.events, self.guard, self._log_emit)
        self.app = StepApp(self.runs.api, self.emit)
        self.document = ApiDocument()
        self.app.pages["/openapi.json"] = self.document.answer
        self.app.mounts["/__motia"] = self._make_admin
        self.access = Access(self.pool, self._keep_log)
        self.sockets = StreamSockets(self.engine.streams, self.engine.hub, self.access, self._address)
        self.app.websocket = lambda: self.sockets
        self.app.max_body_bytes = self.options.max_body_bytes or self.app.max_body_bytes
        self.view: View | None = None
        self.cron: CronRunner | None = None
        self.port = 0
        self._http: HttpServer | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._taking = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def _address(self) -> str:
        return "127.0.0.1" if self.options.host == "localhost" else self.options.host

    @property
    def url(self) -> str:
        host = "localhost" if self.options.host in ("localhost", "0.0.0.0", "::") else self.options.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def start(self) -> LoadReport:
        """Serve. ProjectError: no port, another server on the same data, no interpreter that starts."""
        sock = bind(self.options.host, self.options.port, tries=self.options.port_tries)
        self.port = sock.getsockname()[1]
        self._http = self._make_http(sock)
        self._logging.attach()
        try:
            if not self.root.is_dir():
                raise ProjectError(f"there is no folder {self.root}")
            self.renew_environment()
            await self.pool.prestart()
            await self.engine.start()
            report = await self.reload()
            await self._http.begin()
            if self.guard.token_is_new:
                self.console.say(
                    f"/__motia/ and POST /emit want the header Authorization: Bearer {self.guard.token}", "🔑"
                )
        except BaseException:
            await self.stop(grace_s=0)
            raise
        self._ticker = asyncio.get_running_loop().create_task(self._tick())
        return report

    async def stop(self, grace_s: float = 5.0) -> None:
        """Take no more requests and events; let those at work end for `grace_s` seconds; leave no process behind."""
        if self._ticker is not None:
            self._ticker.cancel()
        if self.cron is not None:
            await self.cron.stop()
        for spec in self.view.queues() if self.view else ():
            await self.engine.queues.stop_consuming(spec.step_id)
        await self.sockets.stop()
        if self._http is not None:
            await self._http.end(grace_s)
        await self.pool.close(grace_s)
        await self.adapters.stop()
        await self.engine.stop()
        self._logging.detach()
        self.console.close()

    async def reload(
        self, changed: Collection[Language] | None = None, *, newer: asyncio.Event | None = None
    ) -> LoadReport:
        """Read the project again and serve what it says from now on; what is at work ends as it began.

        changed: languages of which a file has changed; None for all, and for variables and settings. newer: set when
        they have changed again; Superseded when reading takes long, and that comes first.
        """
        async with self._taking:
            view = await self._read(changed, newer)
            descriptor = view.descriptor()
            report = await self.pool.load(descriptor, view.unreadable())
            self.access.take(descriptor, report)
            await self._take(view)
            return report

    async def _read(self, changed: Collection[Language] | None, newer: asyncio.Event | None) -> View:
        known = {} if self.view else self._event_steps.load()
        reading = asyncio.ensure_future(read_project(self.root, self.pool, self.view, changed, known))
        waiting = asyncio.ensure_future((newer or asyncio.Event()).wait())
        try:
            await asyncio.wait((reading,), timeout=LONG_S)
            if not reading.done():
                for file in self.pool.importing():
                    self.console.say(f"{file}: importing it takes long", "…", "warn")
                await asyncio.wait((reading, waiting), return_when=asyncio.FIRST_COMPLETED)
                if not reading.done():
                    raise Superseded
            return reading.result()
        finally:
            waiting.cancel()
            reading.cancel()

    async def _take(self, view: View) -> None:
        before = {spec.step_id for spec in self.view.queues()} if self.view else set()
        self.view = view
        self.services.steps = {step.id: step for step in view.steps}
        self.app.routes = Routes(view.steps)
        self.emit.project = view.project
        self.document.take(view.project)
        self.sockets.take(view.project.streams, guarded=any(view.listening()))
        specs = view.queues()
        if self.options.patient:
            specs = [replace(spec, visibility_timeout_s=PATIENCE_S) for spec in specs]
        gone = before - {spec.step_id for spec in specs}
        for step_id in gone:
            await self.engine.queues.stop_consuming(step_id)
        await self.engine.queues.configure(specs)
        if gone:
            await self._tell_of_waiting(gone)
        code = None if view.config is None else Code(view.config, self.pool.modules.get(view.config))
        await self.adapters.take(view.project, code, self.pool.env, stale=view.config in view.stale)
        waiting = {step.id: step.file in view.waiting for step in view.steps}
        for spec in specs:
            if self.adapters.has("events") or waiting[spec.step_id]:
                await self.engine.queues.stop_consuming(spec.step_id)
            else:
                self.engine.queues.consume(spec.step_id, self._on_event)
        await self._schedule(view.cron_jobs())
        self._event_steps.keep(view.steps)

    async def _tell_of_waiting(self, gone: Collection[str]) -> None:
        for queue in await self.engine.queues.counts():
            count = queue.visible + queue.in_flight + queue.delayed
            if queue.step_id in gone and count:
                what = "1 event waits" if count == 1 else f"{count} events wait"
                self.console.say(f"{what} in the queue of {queue.name}, which is gone, until it is back", "!", "warn")

    async def _schedule(self, jobs: list[CronJob]) -> None:
        old = self.cron
        self.cron = CronRunner(self.engine, jobs, self._on_tick)
        if old is not None:
            asyncio.get_running_loop().create_task(old.stop(grace_s=3600))
        await self.cron.start()

    async def _on_event(self, delivery: Delivery) -> None:
        step = self.services.steps.get(delivery.queue)
        if step is None:
            raise ProjectError(f"the Step {delivery.queue!r} is gone")
        await self.runs.event(step, delivery)

    async def _on_delivery(self, step_id: str, raw: dict[str, Any]) -> None:
        """The project's own event adapter has an event for a Step."""
        event = Event.from_json(raw)
        trace_id = event.trace_id or new_trace_id()
        common = (event.topic, event.data, trace_id, event.flows, event.message_group_id)
        await self._on_event(Delivery("", step_id, *common, receive_count=0, max_receives=0))

    async def _on_tick(self, job: CronJob, tick: datetime) -> None:
        step = self.services.steps.get(job.step_id)
        if step is not None and await self.adapters.may_run(job.step_id, tick):
            await self.runs.cron(step, job, tick)

    async def fire(self, step_id: str, scheduled: datetime | None = None) -> bool:
        """Run a cron Step as its tick at `scheduled` would; False when that tick has been taken or a run goes on."""
        step = self.services.steps.get(step_id)
        if step is None or step.type != "cron" or not step.cron:
            raise ProjectError(f"there is no cron Step {step_id!r}")
        tick = scheduled or datetime.now(UTC)
        lock = await self.engine.locks.acquire(f"cron:{step_id}", 300.0, tick=tick.timestamp())
        if lock is None:
            return False
        try:
            if not await self.adapters.may_run(step_id, tick):
                return False
            await self.runs.cron(step, CronJob(step.id, step.name, step.cron, step.timezone), tick)
        finally:
            await self.engine.locks.release(lock)
        return True

    def _make_http(self, sock: socket.socket) -> HttpServer:
        return HttpServer(self.app, sock)

    def _make_admin(self) -> App:
        from motia_local.server.admin.door import AdminDoor

        return AdminDoor(self)

    async def wait_idle(self, timeout_s: float = 30.0) -> bool:
        """True when no event waits or runs any more; False after `timeout_s` seconds."""
        return await self.engine.queues.wait_idle(timeout_s)

    def renew_environment(self) -> None:
        """Read `.env` again, for the next generation."""
        self.pool.env = self._environment()

    def _environment(self) -> dict[str, str]:
        try:
            found: Mapping[str, str] = local_environment(self.root)
        except ProjectError as wrong:
            self.console.say(str(wrong), "!", "warn")
            found = os.environ
        return {**found, **({"LOG_LEVEL": "debug"} if self.options.debug else {})}

    def _keep_log(self, record: dict[str, Any]) -> None:
        self.services.log(None, record)

    def _log_emit(self, level: str, trace_id: str, message: str, fields: dict[str, Any]) -> None:
        self.services.write(level, None, trace_id, message, fields)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TRACES_EVERY_S)
            self.tracer.show_running()
