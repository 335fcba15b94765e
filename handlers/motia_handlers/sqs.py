"""Lambda entry point of event Steps: a batch of SQS messages in, the ids of those to be tried again out.

Messages of a standard queue run concurrently. Those of a FIFO queue run in order inside their group; at a group's first
failure the rest of the group goes back untried. A failed message is visible again after MOTIA_RETRY_DELAY_S seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from motia import loop
from motia.errors import MotiaError, StepLoadError
from motia.ids import new_trace_id
from motia.invoke import invoke_event, log_failure
from motia.loading import LoadedStep
from motia_handlers.sandbox import Sandbox, current, report_load_error, warm_up

Record = dict[str, Any]


class EnvelopeError(MotiaError):
    """A message that no emit has sent."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return loop.run(handle(event, current()))


async def handle(event: dict[str, Any], sandbox: Sandbox) -> dict[str, Any]:
    """`{"batchItemFailures": [{"itemIdentifier": messageId}]}` of one batch."""
    records: list[Record] = event["Records"]
    try:
        step: LoadedStep | None = sandbox.step()
    except StepLoadError as broken:
        report_load_error(sandbox.descriptor.steps[0], broken, new_trace_id())
        step = None
    done = await asyncio.gather(*(_run_in_order(group, step, sandbox) for group in groups(records)))
    succeeded = {message_id for part in done for message_id in part}
    failed = [record for record in records if record["messageId"] not in succeeded]
    await asyncio.gather(*(_retry_soon(record, sandbox) for record in failed))
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def groups(records: list[Record]) -> list[list[Record]]:
    """The records that have to run one after another, together."""
    found: dict[str, list[Record]] = {}
    for record in records:
        fifo = record["eventSourceARN"].endswith(".fifo")
        key = f"group {record['attributes'].get('MessageGroupId')}" if fifo else f"message {record['messageId']}"
        found.setdefault(key, []).append(record)
    return list(found.values())


async def _run_in_order(records: list[Record], step: LoadedStep | None, sandbox: Sandbox) -> list[str]:
    """Handle records until one fails; the ids of those that succeeded."""
    succeeded: list[str] = []
    for record in records:
        if step is None or not await _attempt(record, step, sandbox):
            break
        succeeded.append(record["messageId"])
    return succeeded


async def _attempt(record: Record, step: LoadedStep, sandbox: Sandbox) -> bool:
    """Handle one message; False, and an error record, when that fails."""
    descriptor, backend = sandbox.descriptor, sandbox.services.backend
    trace_id = new_trace_id()
    try:
        envelope = read_envelope(record["body"])
        trace_id = envelope.get("traceId") or trace_id
        data = await _data(envelope, sandbox)
        await invoke_event(step, data, backend, descriptor.topics, trace_id=trace_id, streams=descriptor.streams)
    except Exception as error:
        attempt = int(record["attributes"].get("ApproximateReceiveCount", 1))
        fields = {"attempt": attempt, "messageId": record["messageId"]}
        log_failure(step.descriptor, backend, trace_id, f"Attempt {attempt} failed", error, **fields)
        return False
    return True


def read_envelope(body: str) -> dict[str, Any]:
    """The emitted event in a message: {topic, data or s3, traceId, flows, messageGroupId?}. EnvelopeError."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as bad:
        raise EnvelopeError(f"the message is not JSON: {bad}", remedy="send events with emit or `motia emit`") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("topic"), str):
        raise EnvelopeError(
            "the message is not an emitted event",
            allowed='{"topic": ..., "data": ..., "traceId": ...}',
            remedy="send events with emit or `motia emit`",
        )
    return envelope


async def _data(envelope: dict[str, Any], sandbox: Sandbox) -> Any:
    """The event's data, from S3 when it did not fit into the message."""
    if "s3" not in envelope:
        return envelope.get("data")
    return json.loads(await sandbox.services.fetch_payload(envelope["s3"]["bucket"], envelope["s3"]["key"]))


async def _retry_soon(record: Record, sandbox: Sandbox) -> None:
    """Shorten the wait for the next attempt. Without it the message waits for its queue's visibility timeout."""
    queue = record["eventSourceARN"].rpartition(":")[2]
    delay = int(os.environ.get("MOTIA_RETRY_DELAY_S", "2"))
    try:
        await sandbox.services.change_visibility(queue, record["receiptHandle"], delay)
    except Exception as error:
        step = sandbox.descriptor.steps[0]
        message = "The next attempt waits for the queue's visibility timeout"
        log_failure(step, sandbox.services.backend, new_trace_id(), message, error, messageId=record["messageId"])


warm_up()
