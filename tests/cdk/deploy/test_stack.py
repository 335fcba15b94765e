"""Changing one stack, whatever state it is in and whatever goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from fake_stacks import TAGS, FakeCloud, FakeStacks, event
from motia.errors import AwsError, CloudError
from motia_cdk.deploy.progress import Event, ResourceChanged
from motia_cdk.deploy.stack import Change, StackFailed, StackRunner, Template

CHANGE = Change("stack", Template(body="{}"), TAGS)
CREATED = [("CREATE_IN_PROGRESS", [event("stack", "CREATE_IN_PROGRESS")]), ("CREATE_COMPLETE", [])]
UPDATED = [("UPDATE_IN_PROGRESS", [event("stack", "UPDATE_IN_PROGRESS")]), ("UPDATE_COMPLETE", [])]


def apply(stacks: FakeStacks, told: list[Event] | None = None) -> tuple[Any, bool]:
    events = [] if told is None else told
    return StackRunner(FakeCloud(stacks), events.append).apply(CHANGE)  # type: ignore[arg-type]


def test_a_stack_that_is_not_there_is_created() -> None:
    stacks = FakeStacks(script=[*CREATED])
    state, changed = apply(stacks)
    assert (state.status, changed, stacks.done) == ("CREATE_COMPLETE", True, ["change set CREATE", "execute"])


def test_a_stack_that_is_there_is_updated() -> None:
    stacks = FakeStacks("CREATE_COMPLETE", [*UPDATED])
    assert apply(stacks)[0].status == "UPDATE_COMPLETE"
    assert stacks.done == ["change set UPDATE", "execute"]


def test_old_resources_being_cleaned_up_is_success() -> None:
    news = [event("stack", "UPDATE_IN_PROGRESS")]
    stacks = FakeStacks("CREATE_COMPLETE", [("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", news)])
    assert apply(stacks)[1] is True


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes. Submit ...", "No updates are to be performed."]
)
def test_nothing_to_change_executes_nothing(reason: str) -> None:
    stacks = FakeStacks("CREATE_COMPLETE", change_set_status=("FAILED", reason))
    assert apply(stacks)[1] is False
    assert stacks.done == ["change set UPDATE", "delete change set"]


def test_a_status_from_before_the_change_is_not_taken_for_its_end() -> None:
    stacks = FakeStacks("UPDATE_COMPLETE", [("UPDATE_COMPLETE", []), *UPDATED])
    told: list[Event] = []
    apply(stacks, told)
    assert [e.status for e in told if isinstance(e, ResourceChanged)] == ["UPDATE_IN_PROGRESS"]


def test_only_events_of_this_change_are_told_each_once_oldest_first() -> None:
    stacks = FakeStacks("CREATE_COMPLETE", history=[event("Old", "CREATE_COMPLETE")])
    first, second, third = (event("Queue", s) for s in ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"))
    stacks.script = [("UPDATE_IN_PROGRESS", [first]), ("UPDATE_COMPLETE", [second, third])]
    told: list[Event] = []
    apply(stacks, told)
    seen = [(e.logical_id, e.status) for e in told if isinstance(e, ResourceChanged)]
    assert seen == [(e.logical_id, e.status) for e in (first, second, third)]


def test_a_failed_create_names_the_first_cause_and_is_deleted() -> None:
    failures = [
        event("Queue", "CREATE_FAILED", 'Resource handler returned message: "Name taken" (RequestToken: 1, Code: x)'),
        event("Other", "CREATE_FAILED", "Resource creation cancelled"),
        event("stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Queue]."),
    ]
    stacks = FakeStacks(script=[("ROLLBACK_IN_PROGRESS", failures), ("ROLLBACK_COMPLETE", [])])
    with pytest.raises(StackFailed) as failed:
        apply(stacks)
    assert failed.value.cause == "Queue (AWS::SQS::Queue): Name taken"
    assert stacks.done == ["change set CREATE", "execute", "delete"]
    assert stacks.status == "DELETE_COMPLETE"


def test_a_failed_update_is_left_as_it_was() -> None:
    failures = [event("Queue", "UPDATE_FAILED", "no"), event("stack", "UPDATE_ROLLBACK_IN_PROGRESS", "failed: [Queue]")]
    script = [("UPDATE_ROLLBACK_IN_PROGRESS", failures), ("UPDATE_ROLLBACK_COMPLETE", [])]
    stacks = FakeStacks("CREATE_COMPLETE", script)
    with pytest.raises(StackFailed, match="It is as it was before"):
        apply(stacks)
    assert "delete" not in stacks.done


def test_a_change_set_that_is_refused_says_why() -> None:
    stacks = FakeStacks("CREATE_COMPLETE", change_set_status=("FAILED", "Unresolved resource dependencies [X]"))
    with pytest.raises(StackFailed) as failed:
        apply(stacks)
    assert failed.value.cause == "Unresolved resource dependencies [X]"


def test_a_refused_first_change_set_leaves_no_stack() -> None:
    stacks = FakeStacks(change_set_status=("FAILED", "no"))
    with pytest.raises(StackFailed):
        apply(stacks)
    assert stacks.done == ["change set CREATE", "delete change set", "delete"]


def refused(code: str, what: str) -> AwsError:
    return AwsError(what, service="cloudformation", code=code, status=400, request_id="1")


@pytest.mark.parametrize(
    "stacks",
    [
        FakeStacks(
            refusal=refused("ValidationError", "Stack [stack] already exists and cannot be created again with ..")
        ),
        FakeStacks(refusal=refused("AlreadyExistsException", "it exists")),
        FakeStacks(overtaken=refused("InvalidChangeSetStatus", "it cannot be executed"), others=["theirs"]),
        FakeStacks(overtaken=refused("ChangeSetNotFound", "it does not exist"), others=["theirs"]),
    ],
    ids=["created", "exists", "executed", "replaced"],
)
def test_a_stack_that_somebody_else_creates_meanwhile_is_theirs(stacks: FakeStacks) -> None:
    with pytest.raises(CloudError, match="Another deploy"):
        apply(stacks)
    assert "delete" not in stacks.done


def test_a_change_whose_maker_is_gone_is_waited_for() -> None:
    stacks = FakeStacks("UPDATE_IN_PROGRESS", [("UPDATE_IN_PROGRESS", []), ("UPDATE_COMPLETE", [])], running=True)
    told: list[Event] = []
    found = StackRunner(FakeCloud(stacks), told.append).standing("stack")  # type: ignore[arg-type]
    assert found is not None
    assert found.status == "UPDATE_COMPLETE"
    assert "Waiting for stack" in str(told[0])


def test_an_interrupt_before_the_change_began_takes_its_change_set_back_and_no_more() -> None:
    stacks = FakeStacks(change_set_status=("CREATE_PENDING", ""), others=["theirs"])
    runner = StackRunner(FakeCloud(stacks), lambda e: None, alive=interrupted)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        runner.apply(CHANGE)
    assert stacks.done == ["change set CREATE", "delete change set"]


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"])
def test_what_never_worked_is_removed_first(status: str) -> None:
    stacks = FakeStacks(status)
    stacks.script = [("DELETE_IN_PROGRESS", [event("stack", "DELETE_IN_PROGRESS")]), ("DELETE_COMPLETE", [])]
    runner = StackRunner(FakeCloud(stacks), lambda e: None)  # type: ignore[arg-type]
    assert runner._prepare("stack", TAGS) is True
    assert stacks.done == ["delete"]


def test_a_stuck_rollback_is_continued() -> None:
    stacks = FakeStacks("UPDATE_ROLLBACK_FAILED")
    stacks.script = [("UPDATE_ROLLBACK_IN_PROGRESS", []), ("UPDATE_ROLLBACK_COMPLETE", []), *UPDATED]
    assert apply(stacks)[0].status == "UPDATE_COMPLETE"
    assert stacks.done[0] == "continue rollback"


def test_a_rollback_that_stays_stuck_says_what_to_do() -> None:
    stacks = FakeStacks("UPDATE_ROLLBACK_FAILED", [("UPDATE_ROLLBACK_FAILED", [])])
    with pytest.raises(StackFailed, match="stuck") as failed:
        apply(stacks)
    assert "skipping" in (failed.value.remedy or "")


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "SOMETHING_NEW"])
def test_a_stack_that_somebody_changes_is_left_alone(status: str) -> None:
    stacks = FakeStacks(status)
    with pytest.raises(CloudError, match="Another deploy"):
        apply(stacks)
    assert stacks.done == []


def test_a_stack_with_other_tags_is_left_alone() -> None:
    stacks = FakeStacks("CREATE_COMPLETE", tags={"motia:project": "other", "motia:environment": "dev"})
    with pytest.raises(CloudError, match="not ours") as refused:
        apply(stacks)
    assert "'other'" in (refused.value.where or "")
    assert stacks.done == []


def test_an_interrupted_create_is_deleted() -> None:
    stacks = FakeStacks(script=[("CREATE_IN_PROGRESS", [])] * 10, interrupt_at=4)
    with pytest.raises(KeyboardInterrupt):
        apply(stacks)
    assert stacks.done[-1] == "delete"


def test_an_interrupted_update_is_cancelled() -> None:
    stacks = FakeStacks("CREATE_COMPLETE", [("UPDATE_IN_PROGRESS", [])] * 10, interrupt_at=4)
    told: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        apply(stacks, told)
    assert stacks.done[-1] == "cancel"
    assert "being rolled back" in str(told[-1])


def test_deleting_a_stack_that_is_not_there() -> None:
    assert StackRunner(FakeCloud(FakeStacks()), lambda e: None).delete("stack", TAGS) is False  # type: ignore[arg-type]


def test_a_stack_that_cannot_be_deleted_says_why() -> None:
    stacks = FakeStacks("CREATE_COMPLETE", [("DELETE_FAILED", [event("Bucket", "DELETE_FAILED", "not empty")])])
    with pytest.raises(StackFailed) as failed:
        StackRunner(FakeCloud(stacks), lambda e: None).delete("stack", TAGS)  # type: ignore[arg-type]
    assert failed.value.cause == "Bucket (AWS::SQS::Queue): not empty"


def test_whoever_holds_the_lock_is_asked_to_renew_it() -> None:
    asked: list[int] = []
    stacks = FakeStacks(script=[("CREATE_IN_PROGRESS", []), *CREATED])
    StackRunner(FakeCloud(stacks), lambda e: None, lambda: asked.append(1)).apply(CHANGE)  # type: ignore[arg-type]
    assert asked
