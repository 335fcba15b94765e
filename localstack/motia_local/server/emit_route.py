"""`POST /emit`: an event from outside, under the rules of every other emit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from motia.backend import EventPublisher, Subscriber
from motia.descriptor import StepDescriptor
from motia.emit import make_messages
from motia.errors import EmitError
from motia.http import HttpRequest, HttpResponse
from motia.ids import new_trace_id
from motia.response import json_response
from motia_local.server.guard import Guard
from motia_project.descriptors import receivers
from motia_project.model import Project

STEP = "Event Emitter"


class EmitRoute:
    """Answers `POST /emit` with {topic, data, messageGroupId?} in JSON.

    log(level, trace_id, message, fields) keeps a record.
    """

    def __init__(
        self, events: EventPublisher, guard: Guard, log: Callable[[str, str, str, dict[str, Any]], None]
    ) -> None:
        self.project: Project | None = None
        self._events = events
        self._guard = guard
        self._log = log

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        refused = self._guard.emit(request.headers)
        if refused:
            return _plain(refused.status, {"error": refused.error})
        try:
            event = json.loads(request.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as wrong:
            return _plain(400, {"error": "Malformed JSON body", "detail": str(wrong)})
        if not isinstance(event, dict):
            return _plain(400, {"error": 'The body is not an object {"topic": ..., "data": ...}'})
        topic = event.get("topic")
        emits = (topic,) if isinstance(topic, str) else ()
        trace_id = new_trace_id()
        try:
            step = StepDescriptor("emit", STEP, "api", "POST /emit", ("_system",), emits)
            messages = make_messages(event, step, {name: self._subscribers(name) for name in emits}, trace_id)
        except EmitError as wrong:
            return _plain(400, {"error": str(wrong)})
        await self._events.publish(messages)
        self._log("info", trace_id, "[Event Emitter] Emitting event", {"topic": topic})
        emitted = {"topic": topic, "data": event.get("data")}
        return _plain(200, {"success": True, "emitted": emitted, "traceId": trace_id})

    def _subscribers(self, topic: str) -> tuple[Subscriber, ...]:
        return receivers(self.project, topic) if self.project else ()


def _plain(status: int, body: dict[str, Any]) -> HttpResponse:
    """Without CORS headers: no page elsewhere may read it."""
    response = json_response(status, body)
    kept = tuple(pair for pair in response.headers if not pair[0].startswith("access-control-"))
    return HttpResponse(status, kept, response.body)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
