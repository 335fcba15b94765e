"""CloudFormation as a script: each stack goes through the statuses a test writes down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from motia_cdk.deploy.cloud import ChangeSet, StackEvent, StackState

TAGS = {"motia:project": "shop", "motia:environment": "dev"}


@dataclass
class FakeStacks:
    """One stack. script: after a change is executed, one look at the stack consumes one status and its events.

    change_set_status: what the next change set becomes. interrupt_at: look at which Ctrl-C is pressed.
    """

    status: str | None = None
    script: list[tuple[str, list[StackEvent]]] = field(default_factory=list)
    change_set_status: tuple[str, str] = ("CREATE_COMPLETE", "")
    tags: dict[str, str] = field(default_factory=lambda: dict(TAGS))
    interrupt_at: int | None = None
    done: list[str] = field(default_factory=list)
    history: list[StackEvent] = field(default_factory=list)
    refusal: Exception | None = None  # of the next change set
    overtaken: Exception | None = None  # when it is executed
    others: list[str] = field(default_factory=list)  # change sets of somebody else
    running: bool = False
    looks: int = 0

    def describe(self, name: str) -> StackState | None:
        self.looks += 1
        if self.interrupt_at is not None and self.looks == self.interrupt_at:
            raise KeyboardInterrupt
        if self.running and self.script:
            self.status, events = self.script.pop(0)
            self.history.extend(events)
        if self.status is None or (self.status == "DELETE_COMPLETE" and not name.startswith("arn:")):
            return None
        return StackState("arn:stack", "stack", self.status, tags=self.tags)

    def events(self, stack: str) -> Iterator[StackEvent]:
        yield from reversed(self.history)

    def create_change_set(self, stack: str, name: str, kind: str, **given: Any) -> str:
        self.done.append(f"change set {kind}")
        if self.refusal is not None:
            raise self.refusal
        if self.status is None or self.status == "DELETE_COMPLETE":
            self.status = "REVIEW_IN_PROGRESS"
        return "id"

    def change_sets(self, stack: str) -> list[str]:
        return self.others

    def change_set(self, id: str, stack: str) -> ChangeSet:
        return ChangeSet(id, *self.change_set_status)

    def execute(self, id: str, stack: str) -> None:
        self.done.append("execute")
        if self.overtaken is not None:
            raise self.overtaken
        self.running = True

    def delete_change_set(self, id: str, stack: str) -> None:
        self.done.append("delete change set")

    def delete(self, stack: str) -> None:
        self.done.append("delete")
        self.running = True
        if not self.script:
            self.script = [("DELETE_IN_PROGRESS", [event("stack", "DELETE_IN_PROGRESS")]), ("DELETE_COMPLETE", [])]

    def cancel_update(self, stack: str) -> None:
        self.done.append("cancel")

    def continue_rollback(self, stack: str) -> None:
        self.done.append("continue rollback")
        self.running = True


@dataclass
class FakeCloud:
    """What a StackRunner sees of the cloud."""

    stacks: FakeStacks
    local: bool = True
    poll_s: float = 0.001


_numbers = iter(range(10**9))


def event(logical_id: str, status: str, reason: str = "", type: str = "AWS::SQS::Queue") -> StackEvent:
    made = StackEvent(str(next(_numbers)), datetime.now(UTC), logical_id, type, status, reason)
    return replace(made, type="AWS::CloudFormation::Stack") if logical_id == "stack" else made
