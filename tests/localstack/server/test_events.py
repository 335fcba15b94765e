"""Events and ticks: from an emit to a handler, through the engine's queues and the workers."""

import os
import signal
import uuid
from datetime import UTC, datetime

import pytest

from waiting import eventually


def emit(site, topic, data, **more):
    return site.call("POST", "/emit", {"topic": topic, "data": data, **more})


def test_an_event_reaches_its_subscriber(site):
    site.event("worker", "work", "await context.state.set('seen', data['id'], [data, context.trace_id])")
    site.start()
    answer = emit(site, "work", {"id": "1"})
    assert (answer.status, answer.json()["success"], answer.json()["emitted"]) == (
        200,
        True,
        {"topic": "work", "data": {"id": "1"}},
    )
    assert site.live.wait_idle()
    assert site.state("seen", "1") == [{"id": "1"}, answer.json()["traceId"]]


def test_a_fifo_subscriber_needs_a_message_group(site):
    site.event("fifo", "work", "pass", "'infrastructure': {'queue': {'type': 'fifo'}}")
    site.start()
    refused = emit(site, "work", {})
    assert refused.status == 400
    assert "messageGroupId" in refused.json()["error"]
    assert emit(site, "work", {}, messageGroupId="a").status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": 1}', b'{"topic": 5}', b'{"topic": "x", "data": NaN}'])
def test_what_is_no_event_is_refused(site, body):
    site.start()
    answer = site.call("POST", "/emit", body)
    assert answer.status == 400
    assert "error" in answer.json()


def test_a_page_from_elsewhere_cannot_emit(site):
    site.start()
    event = {"topic": "x", "data": 1}
    assert site.call("POST", "/emit", event, {"origin": "https://evil.example"}).status == 403
    assert site.call("POST", "/emit", event, {"host": "evil.example"}).status == 403
    assert site.call("POST", "/emit", event, {"origin": "http://localhost:5173"}).status == 200


def test_a_failing_event_is_tried_again_and_then_kept(site):
    site.event(
        "doomed",
        "work",
        "raise ValueError(f'no {data}')",
        "'infrastructure': {'queue': {'type': 'standard', 'maxRetries': 1}}",
    )
    site.start()
    emit(site, "work", 5)
    queues = site.live.engine.queues
    (letter,) = eventually(lambda: site.live.run(queues.dead_letters("doomed")))
    assert (letter.data, letter.attempts, letter.error) == (5, 2, "ValueError: no 5")
    logs = site.live.run(site.live.engine.records.logs(level="error")).records
    assert [log["msg"] for log in logs] == [
        "Attempt 1 of 2 failed",
        "Attempt 2 of 2 failed; moved to the dead-letter queue",
    ]
    assert logs[0]["error"]["message"] == "no 5"
    assert "doomed_step.py" in logs[0]["error"]["stack"]


def test_an_event_whose_handler_ends_its_worker_is_tried_again(site):
    site.write(
        "steps/fragile_step.py",
        """
        import os
        config = {"type": "event", "name": "fragile", "subscribes": ["work"], "emits": []}
        async def handler(data, context):
            runs = (await context.state.get("runs", data) or 0) + 1
            await context.state.set("runs", data, runs)
            if runs == 1:
                os.abort()
        """,
    )
    site.start()
    key = uuid.uuid4().hex
    emit(site, "work", key)
    assert eventually(lambda: site.state("runs", key) == 2)
    assert site.live.wait_idle()


def test_an_event_over_its_time_is_tried_again(site):
    site.write(
        "steps/slow_step.py",
        """
        import asyncio
        config = {"type": "event", "name": "slow", "subscribes": ["work"], "emits": [],
                  "infrastructure": {"handler": {"ram": 512, "timeout": 1}}}
        async def handler(data, context):
            runs = (await context.state.get("runs", "n") or 0) + 1
            await context.state.set("runs", "n", runs)
            if runs == 1:
                await asyncio.sleep(60)
        """,
    )
    site.start()
    emit(site, "work", 1)
    assert eventually(lambda: site.state("runs", "n") == 2)
    logs = site.live.run(site.live.engine.records.logs(level="error")).records
    assert logs[0]["error"]["message"] == "ran longer than 1 s"


def test_the_workers_may_die_at_any_moment_and_no_event_is_lost(site):
    site.event(
        "counter", "work", "import asyncio\nawait asyncio.sleep(0.01)\nawait context.state.set('done', str(data), True)"
    )
    site.options["workers"] = 2
    site.start()
    pool = site.live.server.pool.pool("python")
    for n in range(200):
        emit(site, "work", n)
        if n % 40 == 20:
            for member in list(pool.fleet.members):
                if member.running:
                    os.kill(member.process.pid, signal.SIGKILL)
    assert site.live.wait_idle(60)
    assert all(site.state("done", str(n)) for n in range(200))
    assert not site.live.run(site.live.engine.queues.dead_letters("counter"))


def test_a_tick_runs_once(site):
    site.write(
        "steps/tick_step.py",
        """
        config = {"type": "cron", "name": "tick", "cron": "0 0 1 1 *", "emits": []}
        async def handler(context):
            await context.state.set("cron", "runs", (await context.state.get("cron", "runs") or 0) + 1)
        """,
    )
    site.start()
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    assert [site.live.fire("tick", moment), site.live.fire("tick", moment)] == [True, False]
    assert site.state("cron", "runs") == 1


def test_a_cron_step_runs_on_its_schedule(site):
    site.write(
        "steps/tick_step.py",
        """
        config = {"type": "cron", "name": "tick", "cron": "* * * * * *", "emits": []}
        async def handler(context):
            await context.state.set("cron", "runs", (await context.state.get("cron", "runs") or 0) + 1)
        """,
    )
    site.start()
    assert eventually(lambda: (site.state("cron", "runs") or 0) >= 2)


@pytest.mark.slow
def test_an_event_beside_one_that_blocks_keeps_its_place_in_its_group(site):
    """It is run again when its worker is stopped, for as long as that takes."""
    limits = "'infrastructure': {{'handler': {{'ram': 256, 'timeout': 4}}, 'queue': {{{}, 'visibilityTimeout': 5}}}}"
    note = "with open({!r}, 'a') as file: file.write(f'{} {{data}}\\n')"
    ledger = site.root / "ledger"
    ordered = f"""
        import asyncio
        {note.format(str(ledger), "begin")}
        await asyncio.sleep(3.8 if data == 1 else 0.1)
        {note.format(str(ledger), "end")}
    """
    site.event("ordered", "ordered", ordered, limits.format("'type': 'fifo', 'maxRetries': 0"))
    site.event("blocks", "blocks", "import time; time.sleep(60)", limits.format("'type': 'standard', 'maxRetries': 0"))
    site.start()
    for number in (1, 2, 3):
        emit(site, "ordered", number, messageGroupId="a")
    eventually(lambda: ledger.exists())
    emit(site, "blocks", 1)
    eventually(lambda: ledger.read_text().count("begin 1") == 2)
    emit(site, "blocks", 2)
    assert site.live.wait_idle(60)
    assert ledger.read_text().split("\n")[-7:-1] == ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]
    assert ledger.read_text().count("end 1") == 1
