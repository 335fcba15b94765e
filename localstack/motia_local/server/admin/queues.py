"""Queues and their dead letters: counted, looked into, sent again, emptied."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from motia_local.engine import DeadLetter, QueueCounts, QueueSpec, StoredMessage
from motia_local.server.admin.answers import Answer, Refused, Segment, problems
from motia_local.server.admin.served import Project, Served
from motia_local.server.local import LocalServer
from motia_local.server.reading import View
from motia_project.model import Step

router = APIRouter(tags=["queues"])

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many, the oldest")]


class QueueSummary(BaseModel):
    """The queue of one event Step, `id`. visible: wait for an attempt; inFlight: are tried now; delayed: wait for their
    time; dead: were given up. configured: the Step is there; consumed: and takes from it. The rest: settings, None for
    a queue whose Step is gone; times in seconds."""

    id: str
    name: str
    fifo: bool
    visible: int
    inFlight: int
    delayed: int
    dead: int
    configured: bool
    consumed: bool
    topics: list[str]
    maxRetries: int | None
    visibilityTimeout: float | None
    delaySeconds: float | None
    concurrency: int | None


class Message(BaseModel):
    """A message of a queue. error: of the last failed attempt."""

    id: str
    topic: str
    data: Any
    traceId: str
    flows: list[str]
    messageGroupId: str | None
    attempts: int
    sentAt: int
    visibleAt: int
    inFlight: bool
    error: str | None


class Dead(BaseModel):
    """A message that was given up. error: why the last attempt failed."""

    id: str
    topic: str
    data: Any
    traceId: str
    flows: list[str]
    messageGroupId: str | None
    attempts: int
    error: str
    sentAt: int
    firstReceivedAt: int | None
    failedAt: int


class Redriven(BaseModel):
    """How many dead letters are messages again."""

    redriven: int


class Removed(BaseModel):
    """How many were removed."""

    removed: int


@router.get("/queues", response_model=list[QueueSummary])
async def list_queues(server: Served, view: Project) -> Answer:
    """The queues of all event Steps, and of those that are gone while messages of theirs are kept."""
    return Answer(_summaries(await server.engine.queues.counts(), view))


@router.get("/queues/{id}", response_model=QueueSummary, responses=problems(404))
async def get_queue(id: Segment, server: Served, view: Project) -> Answer:
    """One queue."""
    return Answer(_summaries([await _find(server, id)], view)[0])


@router.get("/queues/{id}/messages", response_model=list[Message], responses=problems(404))
async def list_messages(id: Segment, server: Served, limit: Limit = 100) -> Answer:
    """Messages of a queue, oldest first, without receiving them."""
    await _find(server, id)
    return Answer([_message(message) for message in await server.engine.queues.peek(id, limit=limit)])


@router.delete("/queues/{id}/messages", response_model=Removed, responses=problems(404))
async def purge(id: Segment, server: Served) -> Answer:
    """Remove all messages of a queue, those that are tried now too. Dead letters stay."""
    await _find(server, id)
    return Answer({"removed": await server.engine.queues.purge(id)})


@router.get("/queues/{id}/dead-letters", response_model=list[Dead], responses=problems(404))
async def list_dead_letters(id: Segment, server: Served, limit: Limit = 100) -> Answer:
    """Dead letters of a queue, oldest first."""
    await _find(server, id)
    return Answer([_dead(letter) for letter in await server.engine.queues.dead_letters(id, limit=limit)])


@router.delete("/queues/{id}/dead-letters", response_model=Removed, responses=problems(404))
async def purge_dead_letters(id: Segment, server: Served) -> Answer:
    """Remove all dead letters of a queue."""
    await _find(server, id)
    return Answer({"removed": await server.engine.queues.purge(id, dead=True)})


@router.post("/queues/{id}/dead-letters/redrive", response_model=Redriven, responses=problems(404))
async def redrive_all(id: Segment, server: Served) -> Answer:
    """Send all dead letters of a queue again, each with all its attempts."""
    await _find(server, id)
    return Answer({"redriven": await server.engine.queues.redrive(id)})


@router.post("/queues/{id}/dead-letters/{messageId}/redrive", response_model=Redriven, responses=problems(404))
async def redrive_one(id: Segment, messageId: Segment, server: Served) -> Answer:
    """Send one dead letter again, with all its attempts."""
    await _find(server, id)
    redriven = await server.engine.queues.redrive(id, messageId)
    if not redriven:
        raise Refused(404, f"there is no dead letter {messageId!r}")
    return Answer({"redriven": redriven})


async def _find(server: LocalServer, id: str) -> QueueCounts:
    found = next((counts for counts in await server.engine.queues.counts() if counts.step_id == id), None)
    if found is None:
        raise Refused(404, f"Queue '{id}' not found")
    return found


def _summaries(queues: list[QueueCounts], view: View) -> list[dict[str, Any]]:
    specs = {spec.step_id: spec for spec in view.queues()}
    steps = {step.id: step for step in view.steps}
    return [_summary(counts, specs.get(counts.step_id), steps.get(counts.step_id)) for counts in queues]


def _summary(counts: QueueCounts, spec: QueueSpec | None, step: Step | None) -> dict[str, Any]:
    return {
        "id": counts.step_id,
        "name": counts.name,
        "fifo": counts.fifo,
        "visible": counts.visible,
        "inFlight": counts.in_flight,
        "delayed": counts.delayed,
        "dead": counts.dead,
        "configured": counts.configured,
        "consumed": counts.consumed,
        "topics": list(step.subscribes) if step else [],
        "maxRetries": spec.max_retries if spec else None,
        "visibilityTimeout": step.visibility_timeout_s if step else None,
        "delaySeconds": spec.delay_s if spec else None,
        "concurrency": spec.slots if spec else None,
    }


def _message(message: StoredMessage) -> dict[str, Any]:
    return {
        "id": message.message_id,
        "topic": message.topic,
        "data": message.data,
        "traceId": message.trace_id,
        "flows": list(message.flows),
        "messageGroupId": message.group_id,
        "attempts": message.receive_count,
        "sentAt": message.sent_at,
        "visibleAt": message.visible_at,
        "inFlight": message.in_flight,
        "error": message.error,
    }


def _dead(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.message_id,
        "topic": letter.topic,
        "data": letter.data,
        "traceId": letter.trace_id,
        "flows": list(letter.flows),
        "messageGroupId": letter.group_id,
        "attempts": letter.attempts,
        "error": letter.error,
        "sentAt": letter.sent_at,
        "firstReceivedAt": letter.first_received_at,
        "failedAt": letter.failed_at,
    }
