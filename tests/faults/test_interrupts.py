"""SIGINT and SIGTERM at any moment: an exit code that says so, no process left behind, no traceback."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia_process import MotiaProcess, alive
from stored_messages import stored
from waiting import eventually

INTERRUPTED = 130
SERVERS = pytest.mark.parametrize("command", ["dev", "start"])
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@pytest.fixture
def app(tmp_path: Path, command: str) -> Iterator[MotiaProcess]:
    made = MotiaProcess(tmp_path, command)
    made.step("hello", "'one'")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def ends_quietly(app: MotiaProcess, number: int, codes: tuple[int, ...]) -> None:
    children = app.children()
    assert app.stop(number) in codes
    eventually(lambda: not [pid for pid in children if alive(pid)])
    assert not [line for line in app.lines if "Traceback" in line or "Error" in line], app.lines


@SERVERS
@SIGNALS
@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.3, 0.7])
def test_while_it_starts(app: MotiaProcess, number: int, after_s: float) -> None:
    app.launch()
    eventually(app.takes_signals, every_s=0.001)  # before that it is the interpreter's business
    threading.Event().wait(after_s)  # the moment is the input of this test
    ends_quietly(app, number, (0, INTERRUPTED))


@SERVERS
@SIGNALS
def test_while_a_request_is_answered(app: MotiaProcess, number: int) -> None:
    app.step("slow", "(context.logger.info('began')) or (await __import__('asyncio').sleep(1)) or 'done'")
    app.start()
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(app.get("/slow")))
    asking.start()
    app.says("began")
    ends_quietly(app, number, (0,))
    asking.join()
    assert answers == [(200, "done")]


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("dev", signal.SIGINT),
        ("start", signal.SIGTERM),
        pytest.param("dev", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("start", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_while_events_run_and_others_wait_for_the_next_start(app: MotiaProcess, number: int) -> None:
    app.write(
        "steps/worker_step.py",
        """
        import asyncio
        config = {"type": "event", "name": "worker", "subscribes": ["work"], "emits": [],
                  "infrastructure": {"queue": {"type": "standard", "concurrency": 5}}}
        async def handler(data, context):
            if await context.state.get("runs", str(data)) is None:
                await context.state.set("runs", str(data), 1)
                await asyncio.sleep(1)
            await context.state.set("done", str(data), data)
        """,
    )
    app.step("runs", "await context.state.get_group('runs')")
    app.step("done", "await context.state.get_group('done')")
    app.start()
    for n in range(30):
        app.emit("work", n)
    eventually(lambda: app.get("/runs")[1] != "[]")
    ends_quietly(app, number, (0,))
    assert stored(app.root / ".motia")
    app.lines.clear()
    app.start()
    eventually(lambda: app.get("/done")[1].count(",") == 29, within_s=60)
    assert app.stop(number) == 0


@SERVERS
def test_twice_ends_what_would_not_end(app: MotiaProcess) -> None:
    app.step("endless", "context.logger.info('began') or (await __import__('asyncio').sleep(60))")
    app.start()
    threading.Thread(target=lambda: app.get("/endless"), daemon=True).start()
    app.says("began")
    assert app.process is not None
    app.process.send_signal(signal.SIGINT)
    app.says("Stopping")
    ends_quietly(app, signal.SIGINT, (0,))
