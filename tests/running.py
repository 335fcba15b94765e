"""Steps written inside a test, loaded and run the way every place runs them."""

from __future__ import annotations

import asyncio
import json
import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from motia.backend import Subscriber
from motia.descriptor import StepDescriptor
from motia.http import HttpRequest, HttpResponse
from motia.invoke import invoke_api, invoke_cron, invoke_event, load_step
from motia.loading import LoadedStep
from motia.memory import MemoryBackend

API = StepDescriptor(id="hello", name="Hello", type="api", file="steps/hello_step.py", method="POST", path="/hello")


@dataclass
class App:
    """A project folder with one Step in it and a backend in memory."""

    root: Path
    backend: MemoryBackend = field(default_factory=MemoryBackend)
    topics: dict[str, tuple[Subscriber, ...]] = field(default_factory=dict)
    streams: tuple[str, ...] = ()

    def write(self, file: str, source: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))

    def step(self, source: str, **descriptor: Any) -> LoadedStep:
        described = replace(API, **descriptor)
        self.write(described.file, source)
        return load_step(self.root, described)

    def api(self, source: str, request: HttpRequest | None = None, **descriptor: Any) -> HttpResponse:
        step = self.step(source, **descriptor)
        return asyncio.run(self.call(step, request or HttpRequest("POST", "/hello")))

    async def call(self, step: LoadedStep, request: HttpRequest) -> HttpResponse:
        return await invoke_api(
            step, request, self.backend, self.topics, trace_id="TRACE-0000001", streams=self.streams
        )

    def event(self, source: str, data: Any = None, **descriptor: Any) -> None:
        step = self.step(source, type="event", **descriptor)
        asyncio.run(invoke_event(step, data, self.backend, self.topics, trace_id="TRACE-0000001", streams=self.streams))

    def cron(self, source: str, **descriptor: Any) -> None:
        step = self.step(source, type="cron", **descriptor)
        asyncio.run(invoke_cron(step, self.backend, self.topics, trace_id="TRACE-0000001", streams=self.streams))

    def logs(self, level: str) -> list[dict[str, Any]]:
        return [record for record in self.backend.logs.records if record["level"] == level]


def post(body: Any, **headers: str) -> HttpRequest:
    """A POST of JSON, or of bytes as they are. headers: names with `_` for `-`."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content_type": "application/json", **headers}
    return HttpRequest(
        "POST", "/hello", "", tuple((name.replace("_", "-"), value) for name, value in given.items()), payload
    )


def json_of(response: HttpResponse) -> Any:
    return json.loads(response.body)


def header(response: HttpResponse, name: str) -> str | None:
    return next((value for key, value in response.headers if key == name), None)
