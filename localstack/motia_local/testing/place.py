"""A whole project in this process: the engine in memory, Steps in this loop, time by hand. Behind `motia.testing`."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from motia.adapters.bridge import OUTSIDE, AdapterEvents, AdapterState, AdapterStreams, tick_name
from motia.adapters.interfaces import CronAdapter
from motia.backend import Backend, EventPublisher, Message, StateStore, StreamStore
from motia.descriptor import StepDescriptor
from motia.emit import make_messages
from motia.errors import ProjectError
from motia.http import HttpRequest, HttpResponse
from motia.ids import new_trace_id
from motia.invoke import API_FAILURE, invoke_api, invoke_cron, invoke_event
from motia.loading import LoadedStep
from motia.logger import LEVELS
from motia.project_config import ProjectConfig
from motia.response import NOT_FOUND, SERVER_ERROR, preflight
from motia.testing.http import Response, make_response
from motia.testing.one_step import failure_of
from motia.testing.place import Options
from motia.testing.recorded import RECORDER, DeadLetter, Emitted, EveryTopic, emitted
from motia_local.engine import Engine, ManualClock
from motia_local.server.routes import Routes
from motia_local.testing.event_runs import AdapterRuns, QueuedEvents, tell
from motia_local.testing.loaded import Loaded, load_project
from motia_local.testing.moments import Ticks
from motia_local.testing.surroundings import Surroundings
from motia_project.descriptors import subscribers
from motia_project.model import Step

CRON_LOCK_MS = 300_000
_NO_STEPS = (RECORDER.id, OUTSIDE.id)


class ProjectPlace:
    """The project at `root`; a `motia.testing.place.Place`."""

    def __init__(self, root: Path, options: Options) -> None:
        self._root = root
        self._options = options
        self._surroundings = Surroundings(root, options.env or {}, isolate=options.isolate)
        self._entered = False
        start = options.now or datetime.now(UTC)
        self._clock = ManualClock(start.replace(microsecond=start.microsecond // 1000 * 1000).timestamp())
        self._engine = Engine(None, clock=self._clock)
        self.steps: dict[str, StepDescriptor] = {}
        self.streams: tuple[str, ...] = ()
        self.emitted: list[Emitted] = []
        self.logs: list[dict[str, Any]] = []
        self.pushed: list[dict[str, Any]] = []

    async def start(self) -> None:
        importer = self._surroundings.enter()
        self._entered = True
        self._loaded = load_project(self._root, importer, self._options.adapters)
        await self._engine.start()
        view, descriptor = self._loaded.view, self._loaded.descriptor
        self.steps = {step.name: step for step in descriptor.steps}
        self.streams = descriptor.streams
        self._topics = EveryTopic(descriptor.topics)
        self._routes = Routes(view.steps)
        self._models = {step.id: step for step in view.steps}
        self._ticks = Ticks([job for job in view.cron_jobs() if job.step_id in self._loaded.steps], self.now())
        self._engine.hub.subscribe(self.pushed.append)
        await self._engine.queues.configure(view.queues())
        await self._equip(self._loaded)

    async def _equip(self, loaded: Loaded) -> None:
        """Make the backend, of the engine or of the project's adapters."""
        config, engine = loaded.config, self._engine
        self._state, self._events, self._cron = config.state(), config.events(), config.cron()
        state: StateStore = AdapterState(self._state) if self._state else engine.state
        streams: StreamStore = engine.streams
        if "streams" in config.adapters:
            streams = AdapterStreams(lambda name: _made(config, name), self._push)
        target: EventPublisher = AdapterEvents(self._events) if self._events else engine.events
        absent = {*_NO_STEPS, *(step.id for step in loaded.view.steps if step.id not in loaded.steps)}
        events = RecordingEvents(target, self.emitted, frozenset(absent))
        self.backend = Backend(state, streams, events, RecordingLogs(self.logs))
        listening = {step.id: step for step in loaded.view.steps if step.type == "event" and step.id in loaded.steps}
        self._runs: QueuedEvents | AdapterRuns
        if self._events is None:
            self._runs = QueuedEvents(engine, self._clock, listening, self.backend, self._run_event)
        else:
            self._runs = AdapterRuns(self._events, listening, self.backend, self._run_event)
            await self._runs.subscribe()

    async def stop(self) -> None:
        try:
            if self._entered and hasattr(self, "_state"):
                await self._dismiss()
            await self._engine.stop()
        finally:
            if self._entered:
                self._entered = False
                self._surroundings.leave()

    async def _dismiss(self) -> None:
        """Let the adapters go, but for those that the test made and may use again."""
        lent = [adapter for adapter in (self._options.adapters or {}).values() if not isinstance(adapter, type)]
        if self._state is not None and self._state not in lent:
            await self._state.cleanup()
        for adapter in (self._events, self._cron):
            if adapter is not None and adapter not in lent:
                await adapter.shutdown()

    # running

    async def request(self, request: HttpRequest) -> Response:
        found = self._routes.find(request.method, request.path)
        if found is None:
            return make_response(preflight() if request.method == "OPTIONS" else NOT_FOUND)
        step, parameters = found
        trace_id = new_trace_id()
        asked = HttpRequest(request.method, request.path, request.query, request.headers, request.body, parameters)
        answer = await self._answer(step, asked, trace_id)
        return make_response(answer, trace_id, failure_of(self.logs, trace_id))

    async def _answer(self, step: Step, request: HttpRequest, trace_id: str) -> HttpResponse:
        loaded = self._runnable(step)
        work = invoke_api(loaded, request, self.backend, self._topics, trace_id=trace_id, streams=self.streams)
        try:
            async with asyncio.timeout(step.timeout_s):
                return await work
        except TimeoutError:
            tell(step, self.backend, trace_id, API_FAILURE, TimeoutError(f"ran longer than {step.timeout_s:g} s"))
            return SERVER_ERROR

    async def _run_event(self, step: Step, data: Any, trace_id: str) -> None:
        loaded = self._loaded.steps[step.id]
        async with asyncio.timeout(step.timeout_s):
            await invoke_event(loaded, data, self.backend, self._topics, trace_id=trace_id, streams=self.streams)

    async def run_cron(self, step: StepDescriptor) -> None:
        loaded, trace_id = self._runnable(step), new_trace_id()
        async with asyncio.timeout(self._models[step.id].timeout_s):
            await invoke_cron(loaded, self.backend, self._topics, trace_id=trace_id, streams=self.streams)

    def _runnable(self, step: Step | StepDescriptor) -> LoadedStep:
        """The handler of a Step. ProjectError for one that no test in Python can run."""
        if step.id not in self._loaded.steps:
            raise ProjectError(
                f"the Step {step.name!r} is not Python, which is all that runs in a test of Python",
                where=step.file,
                remedy="call its handler from a test in its own language; what is emitted to it is in app.events",
            )
        return self._loaded.steps[step.id]

    async def emit(self, topic: str, data: Any, message_group_id: str | None) -> str:
        event = {"topic": topic, "data": data, "messageGroupId": message_group_id}
        trace_id = new_trace_id()
        emitter = StepDescriptor("emit", "emit", "api", "the test", ("_system",), (topic,))
        topics = EveryTopic({topic: subscribers(self._loaded.view.project, topic)})
        await self.backend.events.publish(make_messages(event, emitter, topics, trace_id))
        return trace_id

    async def wait_idle(self, timeout_s: float) -> None:
        await self._runs.work_off(None, timeout_s)

    async def advance_to(self, moment: datetime, timeout_s: float) -> list[str]:
        ran: list[str] = []
        while (tick := self._ticks.take(moment)) is not None:
            await self._runs.work_off(tick[0].timestamp(), timeout_s)
            self._clock.move_to(max(tick[0].timestamp(), self._clock.now()))
            if await self._once(tick[1], tick[0]):
                ran.append(self._models[tick[1]].name)
                await self._tick(self._models[tick[1]])
        await self._runs.work_off(moment.timestamp(), timeout_s)
        self._clock.move_to(moment.timestamp())
        return ran

    async def _once(self, step_id: str, tick: datetime) -> bool:
        return self._cron is None or await take_tick(self._cron, step_id, tick)

    async def _tick(self, step: Step) -> None:
        try:
            await self.run_cron(self.steps[step.name])
        except Exception as error:
            tell(step, self.backend, new_trace_id(), f"The run of {self.now().isoformat()} failed", error)

    # looking

    async def dead_letters(self, step: StepDescriptor) -> list[DeadLetter]:
        return [
            DeadLetter(step.name, item.topic, item.data, item.attempts, item.error, item.group_id, item.trace_id)
            for item in await self._engine.queues.dead_letters(step.id, limit=1_000_000)
        ]

    async def redrive(self, step: StepDescriptor) -> int:
        return await self._engine.queues.redrive(step.id)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    async def _push(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        self._engine.hub.publish(stream, group, id, event)


class RecordingEvents:
    """An EventPublisher that notes what is emitted before it passes it on. absent: ids of those who are not there to
    get it."""

    def __init__(self, target: EventPublisher, seen: list[Emitted], absent: frozenset[str]) -> None:
        self._target = target
        self._seen = seen
        self._absent = absent

    async def publish(self, messages: list[Message]) -> None:
        if isinstance(self._target, AdapterEvents):
            await self._target.publish(messages)
        elif rest := [message for message in messages if message.subscriber.id not in self._absent]:
            await self._target.publish(rest)
        self._seen += emitted(messages)


class RecordingLogs:
    """A LogSink that keeps its records, and hands them to `logging`, where a failing test shows them."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records
        self._log = logging.getLogger("motia.step")

    def write(self, record: dict[str, Any]) -> None:
        self._records.append(record)
        fields = {key: value for key, value in record.items() if key not in ("timestamp", "level", "step", "msg")}
        self._log.log(LEVELS.get(record["level"], logging.INFO), "%s: %s %s", record["step"], record["msg"], fields)


async def take_tick(adapter: CronAdapter, step_id: str, tick: datetime) -> bool:
    """Whether this process may run a tick: the first to ask may."""
    return await adapter.acquire_lock(tick_name(step_id, tick), CRON_LOCK_MS) is not None


def _made(config: ProjectConfig, name: str) -> Any:
    adapter = config.stream(name)
    if adapter is None:
        raise ProjectError("there is no stream adapter")
    return adapter
