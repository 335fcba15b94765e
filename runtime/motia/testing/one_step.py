"""One Step file, run on its own in memory, the way every place runs it: middleware, request and response included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from motia.descriptor import StepDescriptor
from motia.errors import ProjectError
from motia.ids import new_trace_id
from motia.invoke import API_FAILURE, invoke_api, invoke_cron, invoke_event
from motia.kinds import kind_of
from motia.loading import SOURCES, load_module, load_step
from motia.memory import MemoryBackend
from motia.names import step_id
from motia.state import State
from motia.streams import Streams
from motia.testing.context import LoopCalls
from motia.testing.http import Response, fill_path, make_request, make_response
from motia.testing.recorded import Emitted, Every, EveryTopic, emitted


class OneStep:
    """A Step with a memory of its own. `call` for API Steps, `handle` for event Steps, `run` for cron Steps.

    state, streams: as in a context. Its events go nowhere but into `emitted`.
    """

    def __init__(self, root: Path, file: str) -> None:
        self.config = _config(load_module(root, file), file)
        self.descriptor = _descriptor(self.config, file)
        self.backend = MemoryBackend()
        self._loaded = load_step(root, self.descriptor)
        self._topics = EveryTopic()
        calls = LoopCalls()
        self.state = State(self.backend.state, calls, self.backend.trace)
        self.streams = Streams(Every(), self.backend.streams, calls, self.backend.trace)

    @property
    def emitted(self) -> list[Emitted]:
        """The events emitted so far."""
        return emitted(self.backend.events.messages)

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log records so far."""
        return self.backend.logs.records

    async def call(
        self,
        *,
        body: Any = None,
        headers: Mapping[str, str | Iterable[str]] | None = None,
        query: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
        method: str | None = None,
    ) -> Response:
        """Send the API Step a request. A handler that raises gives a 500 whose `error` says why."""
        self._must_be("api")
        values = dict(path_params or {})
        path = fill_path(self.descriptor.path or "/", values)
        asked = make_request(
            method or self.descriptor.method or "GET",
            path,
            body=body,
            headers=headers,
            query=query,
            path_params={name: str(value) for name, value in values.items()},
        )
        trace_id = new_trace_id()
        answer = await invoke_api(self._loaded, asked, self.backend, self._topics, trace_id=trace_id, streams=Every())
        return make_response(answer, trace_id, failure_of(self.logs, trace_id))

    async def handle(self, data: Any = None) -> None:
        """One attempt at an event; raises what the handler raises."""
        self._must_be("event")
        await invoke_event(self._loaded, data, self.backend, self._topics, trace_id=new_trace_id(), streams=Every())

    async def run(self) -> None:
        """Run the cron Step once; raises what the handler raises."""
        self._must_be("cron")
        await invoke_cron(self._loaded, self.backend, self._topics, trace_id=new_trace_id(), streams=Every())

    def _must_be(self, kind: str) -> None:
        if self.descriptor.type != kind:
            method = {"api": "call", "event": "handle", "cron": "run"}.get(self.descriptor.type, "no method")
            raise ProjectError(
                f"{self.descriptor.name!r} is of type {self.descriptor.type!r}",
                where=self.descriptor.file,
                remedy=f"use {method} for it",
            )


def one_step(file: str | Path, root: str | Path | None = None) -> OneStep:
    """Load a Step file. root: the project's, found by the `steps` or `src` folder the file is in when None."""
    path = Path(file) if root is None else Path(root) / file
    path = path.resolve()
    if root is None:
        above = next((parent for parent in path.parents if parent.name in SOURCES), None)
        if above is None:
            raise ProjectError("the Step is in no folder steps/ or src/", where=str(file), remedy="pass root=...")
        root = above.parent
    root = Path(root).resolve()
    return OneStep(root, path.relative_to(root).as_posix())


def failure_of(records: list[dict[str, Any]], trace_id: str) -> dict[str, str] | None:
    """What the handler of an API Step raised, as the log has it."""
    for record in reversed(records):
        if record["traceId"] == trace_id and record["msg"] == API_FAILURE:
            found: dict[str, str] | None = record.get("error")
            return found
    return None


def _config(module: Any, file: str) -> dict[str, Any]:
    config = getattr(module, "config", None)
    if not isinstance(config, dict):
        raise ProjectError(f"`config` is {kind_of(config)}", where=file, allowed="a dict")
    return config


def _descriptor(config: dict[str, Any], file: str) -> StepDescriptor:
    try:
        emits = [item["topic"] if isinstance(item, dict) else item for item in config.get("emits", ())]
        return StepDescriptor(
            step_id(config["name"]),
            config["name"],
            config["type"],
            file,
            tuple(config.get("flows") or ()),
            tuple(emits),
            method=config.get("method"),
            path=config.get("path"),
            subscribes=tuple(config.get("subscribes") or ()),
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ProjectError(f"the config cannot be used: {wrong!r}", where=file, remedy="see `motia build`") from None
