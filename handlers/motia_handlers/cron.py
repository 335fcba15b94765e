"""Lambda entry point of cron Steps: one tick of EventBridge in, one run of the Step, however often the tick arrives.

EventBridge delivers at least once, Lambda repeats failed asynchronous calls, and an expression that needs two rules may
tick twice at once. A lock named after the Step and the scheduled minute lets the first of them run, and no other.
"""

from __future__ import annotations

from typing import Any

from motia import loop
from motia.errors import StepLoadError
from motia.ids import new_trace_id
from motia.invoke import invoke_cron, log_failure
from motia_handlers.sandbox import Sandbox, current, report_load_error, warm_up

LOCK_TTL_S = 24 * 3600  # longer than Lambda goes on repeating an asynchronous call (six hours)
_MINUTE = len("2026-01-01T00:00")


def handler(event: dict[str, Any], context: object) -> None:
    """What Lambda calls."""
    loop.run(handle(event, current()))


async def handle(event: dict[str, Any], sandbox: Sandbox) -> bool:
    """Run the Step unless this tick has already; True if it ran. A failure is logged and raised, and not repeated."""
    descriptor = sandbox.descriptor
    step, trace_id = descriptor.steps[0], new_trace_id()
    try:
        loaded = sandbox.step()
    except StepLoadError as broken:
        report_load_error(step, broken, trace_id)
        raise
    services = sandbox.services
    if not await services.acquire_lock(lock_name(step.id, event), LOCK_TTL_S):
        return False
    try:
        await invoke_cron(loaded, services.backend, descriptor.topics, trace_id=trace_id, streams=descriptor.streams)
    except Exception as error:
        log_failure(step, services.backend, trace_id, "Run failed", error, scheduled=event.get("time"))
        raise
    return True


def lock_name(step_id: str, event: dict[str, Any]) -> str:
    """The Step and the scheduled minute; without a time, the id of the event."""
    tick = str(event.get("time") or "")[:_MINUTE] or str(event.get("id") or new_trace_id())
    return f"cron#{step_id}#{tick}"


warm_up()
