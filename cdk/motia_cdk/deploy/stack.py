"""One stack from how it stands to how it should be: change set, execution, progress, failure.

Whatever fails leaves the stack usable: an update is rolled back, a failed create is deleted, a stack that an earlier
failure left half done is repaired first. An interrupt cancels what runs and says how the stack stands. Only what this
process has set going is cancelled or deleted: somebody else's deploy may be faster.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from motia.errors import AwsError, CloudError
from motia_cdk.deploy import progress
from motia_cdk.deploy.cloud import Cloud, StackEvent, StackState
from motia_cdk.deploy.looks import looks
from motia_cdk.deploy.stack_status import first_cause, next_move, plain, settled, succeeded, unchanged

PATIENCE_S = 3600.0  # CloudFormation gives up on a resource long before
_BEGIN_S = 30.0
_OVERTAKEN = {
    "InvalidChangeSetStatus",
    "InvalidChangeSetStatusException",
    "ChangeSetNotFound",
    "ChangeSetNotFoundException",
}


@dataclass(frozen=True)
class Template:
    """A template where CloudFormation can read it: as text, or as the URL of an object when it is over 51,200 bytes."""

    body: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Change:
    """What a stack should become."""

    stack: str
    template: Template
    tags: dict[str, str]
    parameters: dict[str, str] = field(default_factory=dict)


class StackFailed(CloudError):
    """A stack could not be changed; `cause` is the first thing that went wrong."""

    def __init__(self, what: str, *, stack: str, cause: str, remedy: str | None = None) -> None:
        super().__init__(what, where=cause or stack, remedy=remedy)
        self.stack = stack
        self.cause = cause


@dataclass
class _Begun:
    """How far a change has come. change_set: one that is there and not executed. executed: it was set going by us."""

    change_set: str | None = None
    executed: bool = False


@dataclass
class StackRunner:
    """Changes stacks, one at a time.

    alive: called at every look at a running stack, for whoever must show to be alive.
    """

    cloud: Cloud
    report: progress.Report
    alive: Callable[[], None] = lambda: None

    def apply(self, change: Change) -> tuple[StackState, bool]:
        """Make the stack what it should be: how it stands then, and whether anything changed. StackFailed if not."""
        started = time.monotonic()
        creating = self._prepare(change.stack, change.tags)
        marker = None if creating else self._newest_event(change.stack)
        with self._cleaning_up(change.stack, creating) as begun:
            id = self._change_set(change, creating, begun)
            if id is not None:
                self.report(progress.StackStarted(change.stack, "create" if creating else "update"))
                self._execute(id, change.stack, begun)
                self._follow(change.stack, marker, creating)
        after = self.cloud.stacks.describe(change.stack)
        if after is None:
            raise CloudError(f"The stack {change.stack} has disappeared.", remedy="Deploy again.")
        self.report(progress.StackFinished(change.stack, id is not None, time.monotonic() - started))
        return after, id is not None

    def delete(self, stack: str, tags: dict[str, str]) -> bool:
        """Delete a stack and wait until it is gone. False: there was none. StackFailed when something cannot go."""
        found = self.cloud.stacks.describe(stack)
        if found is None:
            return False
        check_owner(found, tags)
        started = time.monotonic()
        if next_move(found.status) in ("wait", "busy") and found.status != "DELETE_IN_PROGRESS":
            found = self._until_settled(found.id)
        marker = self._newest_event(found.id)
        self.report(progress.StackStarted(stack, "delete"))
        self.cloud.stacks.delete(found.id)
        events: list[StackEvent] = []
        status = self._watch(found.id, stack, marker, events)
        if status not in ("DELETE_COMPLETE", "GONE"):
            cause = first_cause(events, stack)
            self.report(progress.StackFailed(stack, cause))
            raise StackFailed(
                f"The stack {stack} cannot be deleted.",
                stack=stack,
                cause=cause,
                remedy="Remove what is named, then repeat.",
            )
        self.report(progress.StackFinished(stack, True, time.monotonic() - started))
        return True

    def _prepare(self, stack: str, tags: dict[str, str]) -> bool:
        """Bring the stack to where it can be changed. True: it has to be created."""
        found = self.cloud.stacks.describe(stack)
        if found is not None:
            check_owner(found, tags)
        if found is not None and next_move(found.status) == "wait":
            self.report(progress.Note(f"Waiting for {stack}: {found.status}"))
            found = self._until_settled(found.id)
        move = next_move(found.status if found else None)
        if move == "busy":
            raise busy(f"{stack}: {found.status if found else ''}")
        if found is not None and move == "remove":
            self.report(progress.Note(f"Removing what a failed deploy left of {stack} ({found.status})"))
            self.delete(stack, tags)
            return True
        if found is not None and move == "continue":
            self.report(progress.Note(f"Finishing the rollback of {stack} ({found.status})"))
            self.cloud.stacks.continue_rollback(found.id)
            found = self._until_settled(found.id)
            if next_move(found.status) != "update":
                raise StackFailed(
                    f"The stack {stack} is stuck in {found.status}.",
                    stack=stack,
                    cause=plain(found.reason),
                    remedy="Continue its rollback in the CloudFormation console, skipping what cannot be undone.",
                )
        return move == "create"

    def standing(self, stack: str) -> StackState | None:
        """A stack when what is going on with it has come to its end: whoever began that may be gone. None when there
        is no such stack."""
        found = self.cloud.stacks.describe(stack)
        if found is not None and not settled(found.status):
            self.report(progress.Note(f"Waiting for {stack}: {found.status}"))
            found = self._until_settled(found.id)
        return found

    def _change_set(self, change: Change, creating: bool, begun: _Begun) -> str | None:
        """A change set ready to execute; None when nothing would change."""
        stacks = self.cloud.stacks
        try:
            id = stacks.create_change_set(
                change.stack,
                f"motia-{uuid.uuid4().hex[:12]}",
                "CREATE" if creating else "UPDATE",
                body=change.template.body,
                url=change.template.url,
                parameters=change.parameters,
                tags=change.tags,
            )
        except AwsError as error:
            if creating and (error.code == "AlreadyExistsException" or "already exists" in error.what):
                raise busy(change.stack) from error
            if error.code != "ValidationError":
                raise
            raise self._refused(change.stack, error.what) from error
        begun.change_set = id
        for _ in self._looks():
            found = stacks.change_set(id, change.stack)
            if found.status == "CREATE_COMPLETE":
                return id
            if found.status == "FAILED":
                stacks.delete_change_set(id, change.stack)
                begun.change_set = None
                if unchanged(found.reason) and not creating:
                    return None
                raise self._refused(change.stack, plain(found.reason))
        raise CloudError(f"CloudFormation does not finish a change set of {change.stack}.", remedy="Deploy again.")

    def _execute(self, id: str, stack: str, begun: _Begun) -> None:
        begun.executed = True  # also when Ctrl-C comes in the middle of the call
        try:
            self.cloud.stacks.execute(id, stack)
        except AwsError as error:
            begun.executed = False
            if error.code in _OVERTAKEN:
                raise busy(stack) from error
            raise

    def _refused(self, stack: str, cause: str) -> StackFailed:
        self.report(progress.StackFailed(stack, cause))
        return StackFailed(f"CloudFormation refuses the stack {stack}.", stack=stack, cause=cause)

    def _follow(self, stack: str, marker: str | None, creating: bool) -> None:
        """Report a running change until it is over; StackFailed when it was rolled back."""
        found = self.cloud.stacks.describe(stack)
        events: list[StackEvent] = []
        status = self._watch(found.id if found else stack, stack, marker, events)
        if succeeded(status):
            return
        cause = first_cause(events, stack) or f"{stack}: {status}"
        self.report(progress.StackFailed(stack, cause))
        done = "Nothing of it is left." if creating else "It is as it was before."
        raise StackFailed(
            f"The stack {stack} could not be {'created' if creating else 'updated'}. {done}", stack=stack, cause=cause
        )

    def _watch(self, id: str, stack: str, marker: str | None, events: list[StackEvent]) -> str:
        """Report new events, collecting them oldest first, until the stack settles; its status then, or GONE.

        A status counts once there is news: what was asked for may not have begun.
        """
        begun = time.monotonic() + _BEGIN_S
        for _ in self._looks():
            found = self.cloud.stacks.describe(id)
            fresh: list[StackEvent] = []
            for event in self.cloud.stacks.events(id) if found else ():
                if event.id == marker:
                    break
                fresh.append(event)
            for event in reversed(fresh):
                events.append(event)
                self.report(
                    progress.ResourceChanged(stack, event.logical_id, event.type, event.status, plain(event.reason))
                )
            marker = fresh[0].id if fresh else marker
            if found is None:
                return "GONE"
            if settled(found.status) and (events or time.monotonic() > begun):
                return found.status
        raise CloudError(f"The stack {stack} does not settle.", remedy="See it in the CloudFormation console.")

    def _until_settled(self, id: str) -> StackState:
        for _ in self._looks():
            found = self.cloud.stacks.describe(id)
            if found is None:
                return StackState(id, id, "DELETE_COMPLETE")
            if not found.status.endswith("_IN_PROGRESS"):
                return found
        raise CloudError("A stack does not settle.", where=id, remedy="See it in the CloudFormation console.")

    def _looks(self) -> Iterator[None]:
        for _ in looks(self.cloud.poll_s, PATIENCE_S):
            yield
            self.alive()

    @contextmanager
    def _cleaning_up(self, stack: str, creating: bool) -> Iterator[_Begun]:
        """After a failed or interrupted create, delete the stack; after an interrupted update, cancel it; before either
        has begun, take the change set back."""
        begun = _Begun()
        try:
            yield begun
        except BaseException as error:
            if not begun.executed:
                self._withdraw(stack, creating, begun)
            elif isinstance(error, KeyboardInterrupt):
                self._cancel(stack, creating)
            elif isinstance(error, StackFailed) and creating:
                self._discard(stack)
            raise

    def _withdraw(self, stack: str, creating: bool, begun: _Begun) -> None:
        """Leave nothing of a change that has not begun: no change set, and no stack that was made to hold it."""
        stacks = self.cloud.stacks
        try:
            if begun.change_set is not None:
                stacks.delete_change_set(begun.change_set, stack)
            found = stacks.describe(stack) if creating else None
            if found is not None and found.status == "REVIEW_IN_PROGRESS" and not stacks.change_sets(stack):
                stacks.delete(found.id)
        except AwsError as error:  # what went wrong before matters more
            self.report(progress.Note(f"A change set of {stack} stays behind ({error.what}).", warning=True))

    def _discard(self, stack: str) -> None:
        found = self.cloud.stacks.describe(stack)
        if found is not None:
            marker = self._newest_event(found.id)
            self.cloud.stacks.delete(found.id)
            self._watch(found.id, stack, marker, [])

    def _newest_event(self, stack: str) -> str | None:
        return next((event.id for event in self.cloud.stacks.events(stack)), None)

    def _cancel(self, stack: str, creating: bool) -> None:
        found = self.cloud.stacks.describe(stack)
        if found is None:
            return
        if creating:
            self.cloud.stacks.delete(found.id)
            self.report(progress.Note(f"Interrupted: {stack} is being deleted.", warning=True))
        elif found.status == "UPDATE_IN_PROGRESS":
            try:
                self.cloud.stacks.cancel_update(found.id)
                self.report(progress.Note(f"Interrupted: {stack} is being rolled back.", warning=True))
            except AwsError as error:  # it finished between our look and our call
                self.report(progress.Note(f"Interrupted: {stack} could not be cancelled ({error.what}).", warning=True))
        else:
            self.report(progress.Note(f"Interrupted: {stack} is {found.status}.", warning=True))


def busy(where: str) -> CloudError:
    """Somebody else is at work."""
    return CloudError(
        "Another deploy is changing this environment.", where=where, remedy="Wait until it is done, then repeat."
    )


def check_owner(found: StackState, tags: dict[str, str]) -> None:
    """Raise CloudError when a stack of that name belongs to something else."""
    for key, value in tags.items():
        if found.tags.get(key) != value:
            raise CloudError(
                f"A stack named {found.name} exists and is not ours to change.",
                where=f"its tag {key} is {found.tags.get(key, 'not set')!r}",
                allowed=repr(value),
                remedy="Choose another project, environment or version name.",
            )
