"""What Steps in workers ask of the server, done on the engine; their logs and traces kept and printed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from motia.backend import Message, Subscriber
from motia.errors import StepError
from motia_local.engine import Engine
from motia_local.server.console import Console
from motia_local.server.traces import Trace
from motia_local.workers.invocation import Invocation
from motia_local.workers.output import OutputLine
from motia_project.model import Step

_KEPT_AS = ("id", "time")  # fields that a record kept here has of its own


class StepServices:
    """The `motia_local.workers.services.Services` of the local server. steps: by id, kept up to date by the server."""

    def __init__(self, engine: Engine, console: Console) -> None:
        self.steps: dict[str, Step] = {}
        self._engine = engine
        self._console = console
        self._stuck: set[tuple[str | None, str]] = set()
        state, streams = engine.state, engine.streams
        self._operations: dict[str, Callable[..., Awaitable[Any]]] = {
            "state.get": state.get,
            "state.set": state.set,
            "state.delete": state.delete,
            "state.get_group": state.get_group,
            "state.clear": state.clear,
            "streams.get": streams.get,
            "streams.set": streams.set,
            "streams.delete": streams.delete,
            "streams.get_group": streams.get_group,
            "streams.send": streams.send,
            "events.publish": self._publish,
        }

    async def call(self, invocation: Invocation | None, operation: str, arguments: list[Any]) -> Any:
        try:
            run = self._operations[operation]
        except KeyError:
            raise StepError(f"there is no operation {operation!r}") from None
        result = await run(*arguments)
        # What was written need not travel back; a stream's item has what the store added to it.
        return None if operation == "state.set" else result

    async def _publish(self, raw: list[dict[str, Any]]) -> None:
        await self._engine.events.publish(
            [
                Message(**{**item, "subscriber": Subscriber(**item["subscriber"]), "flows": tuple(item["flows"])})
                for item in raw
            ]
        )

    def log(self, invocation: Invocation | None, record: dict[str, Any]) -> None:
        now = time.time_ns() // 1_000_000
        kept = {key: value for key, value in record.items() if key not in ("timestamp", *_KEPT_AS)}
        kept["time"] = now
        if theirs := {key: record[key] for key in _KEPT_AS if key in record}:
            kept["args"] = {**theirs, **(kept["args"] if isinstance(kept.get("args"), dict) else {})}
        self._engine.records.add_log(kept)
        self._console.record(kept)
        if invocation is not None and isinstance(invocation.trace, Trace):
            metadata = {key: value for key, value in kept.items() if key not in ("level", "msg", "time")}
            event = {"type": "log", "timestamp": now, "level": kept["level"], "message": kept["msg"]}
            invocation.trace.add({**event, "metadata": metadata})

    def write(self, level: str, step: Step | None, trace_id: str, message: str, fields: dict[str, Any]) -> None:
        """Keep a record of the server's own, in the name of a Step."""
        name, flows = (step.name, list(step.flows)) if step else ("Event Emitter", ["_system"])
        record = {"level": level, "step": name, "traceId": trace_id, "flows": flows, "msg": message, **fields}
        self.log(None, record)

    def trace(self, invocation: Invocation | None, event: dict[str, Any]) -> None:
        if invocation is not None and isinstance(invocation.trace, Trace):
            invocation.trace.add(event)

    def output(self, line: OutputLine) -> None:
        self._console.output(line, line.step)

    def notice(self, level: str, text: str, step: str | None = None) -> None:
        if (step, text) in self._stuck:
            return
        self._stuck.add((step, text))
        name = self.steps[step].name + " " if step in self.steps else ""
        mark, colour = ("✗", "error") if level == "error" else ("!", "warn")
        self._console.say(f"{name}{text}", mark, colour)
