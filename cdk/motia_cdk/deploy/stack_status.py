"""What the status of a stack means for whoever wants to change it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from motia_cdk.deploy.cloud import StackEvent

Next = Literal["create", "update", "wait", "remove", "continue", "busy"]

# User Guide of AWS CloudFormation, "View stack information": stack status codes
_NEXT: dict[str, Next] = {
    "CREATE_COMPLETE": "update",
    "UPDATE_COMPLETE": "update",
    "UPDATE_ROLLBACK_COMPLETE": "update",
    "IMPORT_COMPLETE": "update",
    "IMPORT_ROLLBACK_COMPLETE": "update",
    "UPDATE_FAILED": "continue",
    "UPDATE_ROLLBACK_FAILED": "continue",
    "REVIEW_IN_PROGRESS": "create",
    "DELETE_COMPLETE": "create",
    "CREATE_FAILED": "remove",
    "ROLLBACK_COMPLETE": "remove",
    "ROLLBACK_FAILED": "remove",
    "DELETE_FAILED": "remove",
    "DELETE_IN_PROGRESS": "wait",
    "ROLLBACK_IN_PROGRESS": "wait",
    "UPDATE_ROLLBACK_IN_PROGRESS": "wait",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "wait",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "wait",
    "IMPORT_ROLLBACK_IN_PROGRESS": "wait",
    "CREATE_IN_PROGRESS": "busy",
    "UPDATE_IN_PROGRESS": "busy",
    "IMPORT_IN_PROGRESS": "busy",
}
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
_CONSEQUENCES = ("cancelled", "the following resource(s) failed", "rollback requested", "initiated by parent stack")
_WRAPPER = re.compile(r'^Resource handler returned message: "(.*?)"(?: \(RequestToken: .*\))?$', re.DOTALL)
_SERVICE = re.compile(r" \(Service: [^()]*\)( \(SDK Attempt Count: \d+\))?")


def next_move(status: str | None) -> Next:
    """What can be done with a stack of that status (None: there is no such stack).

    create, update: go ahead. wait: it settles by itself. remove: it never worked, delete it first. continue: its
    rollback got stuck, finish that first. busy: somebody else is changing it.
    """
    return "create" if status is None else _NEXT.get(status, "busy")


def stands(status: str) -> bool:
    """The stack was complete once and what it describes is there, whatever else is going on."""
    return status == "CREATE_COMPLETE" or status.startswith(("UPDATE_", "IMPORT_"))


def settled(status: str) -> bool:
    """Nothing more happens to the stack, or nothing that matters: old resources being cleaned up after success."""
    return not status.endswith("_IN_PROGRESS") or status in _DONE


def succeeded(status: str) -> bool:
    """The change that was asked for was made."""
    return status in _DONE


def first_cause(events: Iterable[StackEvent], stack: str) -> str:
    """Why the change failed: the first failure, oldest first, that is not the consequence of another.

    events: of this change, oldest first. Empty when none of them says.
    """
    for event in events:
        if event.status.endswith("_FAILED") and event.reason and not _follows(event.reason):
            what = "the stack" if event.logical_id == stack else f"{event.logical_id} ({event.type})"
            return f"{what}: {plain(event.reason)}"
    return ""


def plain(reason: str) -> str:
    """CloudFormation's reason without its wrapping: request tokens, service names and the like."""
    match = _WRAPPER.match(reason.strip())
    return _SERVICE.sub("", match.group(1) if match else reason.strip())


def unchanged(reason: str) -> bool:
    """A change set failed because there is nothing to change."""
    return "didn't contain changes" in reason or "No updates are to be performed" in reason


def _follows(reason: str) -> bool:
    lower = reason.lower()
    return any(sign in lower for sign in _CONSEQUENCES)
