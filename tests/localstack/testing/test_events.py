"""Events of a project in memory: the queues' real semantics, in a time that stands still."""

import time
from pathlib import Path

import pytest

from motia.errors import EmitError, ProjectError
from motia.testing import motia_test
from testing_projects import api, cron, event, project

FAILING = 'raise ValueError("no to " + data["id"])'
SEEN = """
seen = await context.state.get("seen", "all") or []
await context.state.set("seen", "all", [*seen, data])
"""


def test_events_wait_until_they_are_let_run(tmp_path: Path) -> None:
    with motia_test(project(tmp_path, "steps/a_step.py", event("A", SEEN))) as app:
        app.emit("work", 1)
        assert app.state.get("seen", "all") is None
        app.wait_idle()
        assert app.state.get("seen", "all") == [1]


def test_events_that_events_emit_run_too(tmp_path: Path) -> None:
    chain = 'await context.emit({"topic": "next", "data": data + 1})'
    root = project(
        tmp_path,
        "steps/a_step.py",
        event("A", chain, emits='["next"]'),
        "steps/b_step.py",
        event("B", SEEN, topic="next"),
    )
    with motia_test(root) as app:
        trace_id = app.emit("work", 1)
        app.wait_idle()
        assert app.state.get("seen", "all") == [2]
        assert [(item.topic, item.data, item.trace_id) for item in app.events] == [
            ("work", 1, trace_id),
            ("next", 2, trace_id),
        ]


def test_an_event_nobody_subscribes_to_is_seen(tmp_path: Path) -> None:
    source = api("A", "/a", 'await context.emit({"topic": "out"})\nreturn {"status": 204}', emits='["out"]')
    with motia_test(project(tmp_path, "steps/a_step.py", source)) as app:
        app.call("A")
        app.emit("unknown")
        assert [item.topic for item in app.events] == ["out", "unknown"]
        app.wait_idle()


def test_a_failing_event_is_tried_again_and_then_dead(tmp_path: Path) -> None:
    root = project(tmp_path, "steps/a_step.py", event("A", FAILING, queue='"type": "standard", "maxRetries": 2'))
    with motia_test(root, now="2026-01-01T00:00:00Z") as app:
        began = time.monotonic()
        app.emit("work", {"id": "x"})
        app.wait_idle()
        [letter] = app.dead_letters("A")
        assert (letter.attempts, letter.data, letter.error) == (3, {"id": "x"}, "ValueError: no to x")
        assert [log["msg"] for log in app.logs if log["level"] == "error"] == [
            "Attempt 1 of 3 failed",
            "Attempt 2 of 3 failed",
            "Attempt 3 of 3 failed; moved to the dead-letter queue",
        ]
        assert 4 <= (app.now.timestamp() - 1767225600) < 4.1, "two retries after two seconds each"
        assert time.monotonic() - began < 2, "which nobody has waited for"
        assert [event.topic for event in app.events] == ["work"]


def test_a_redriven_event_runs_again(tmp_path: Path) -> None:
    flaky = 'if not await context.state.get("a", "ok"):\n    raise ValueError("not yet")\n' + SEEN
    with motia_test(project(tmp_path, "steps/a_step.py", event("A", flaky))) as app:
        app.emit("work", 1)
        app.wait_idle()
        app.state.set("a", "ok", True)
        assert app.redrive("A") == 1
        app.wait_idle()
        assert app.state.get("seen", "all") == [1]
        assert app.dead_letters("A") == []


def test_a_delay_passes_without_waiting(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "steps/a_step.py",
        event("A", SEEN, queue='"type": "standard", "maxRetries": 0, "delaySeconds": 900'),
    )
    with motia_test(root) as app:
        start = app.now
        app.emit("work", 1)
        app.advance(minutes=14)
        assert app.state.get("seen", "all") is None
        app.wait_idle()
        assert app.state.get("seen", "all") == [1]
        assert 900 <= (app.now - start).total_seconds() < 901


FIFO = '"type": "fifo", "maxRetries": 1'


def test_a_fifo_group_keeps_its_order_through_failures(tmp_path: Path) -> None:
    body = """
    tries = (await context.state.get("tries", data["id"]) or 0) + 1
    await context.state.set("tries", data["id"], tries)
    if data["id"] == "a0" and tries == 1:
        raise ValueError("once")
    """
    root = project(tmp_path, "steps/a_step.py", event("A", body.replace("\n    ", "\n") + SEEN, queue=FIFO))
    with motia_test(root) as app:
        for number in range(4):
            for group in "ab":
                app.emit("work", {"id": f"{group}{number}"}, message_group_id=group)
        app.wait_idle()
        seen = [item["id"] for item in app.state.get("seen", "all")]
        assert sorted(seen) == ["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"]
        assert [item for item in seen if item[0] == "a"] == ["a0", "a1", "a2", "a3"]
        assert seen[:4] == ["b0", "b1", "b2", "b3"], "the other group does not wait"


def test_a_fifo_subscriber_wants_a_group(tmp_path: Path) -> None:
    with motia_test(project(tmp_path, "steps/a_step.py", event("A", SEEN, queue=FIFO))) as app:
        with pytest.raises(EmitError, match="messageGroupId"):
            app.emit("work", 1)
        assert app.events == []


def test_a_step_that_runs_too_long_fails(tmp_path: Path) -> None:
    source = event("A", "import asyncio\nawait asyncio.sleep(60)", queue='"maxRetries": 0').replace(
        '"infrastructure": {', '"infrastructure": {"handler": {"ram": 128, "timeout": 1}, '
    )
    with motia_test(project(tmp_path, "steps/a_step.py", source)) as app:
        app.emit("work")
        app.wait_idle()
        assert app.dead_letters("A")[0].error.startswith("TimeoutError")


def test_steps_that_never_end_are_named(tmp_path: Path) -> None:
    again = 'await context.emit({"topic": "work"})'
    with motia_test(project(tmp_path, "steps/a_step.py", event("Round", again, emits='["work"]'))) as app:
        app.emit("work")
        with pytest.raises(ProjectError, match=r"not idle after 0.3 s.*Round"):
            app.wait_idle(timeout_s=0.3)


def test_what_is_not_an_event_step_has_no_dead_letters(tmp_path: Path) -> None:
    root = project(
        tmp_path, "steps/a_step.py", event("A", SEEN), "steps/t_step.py", cron("Tick", "0 9 * * *", "return")
    )
    with motia_test(root) as app:
        with pytest.raises(ProjectError, match=r"no Step 'B'; allowed: A"):
            app.dead_letters("B")
        with pytest.raises(ProjectError, match="'Tick' is of type 'cron'"):
            app.dead_letters("Tick")
