"""Whatever a Step does, it costs one attempt and one worker: the server answers other requests meanwhile and after."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from motia_local.workers.fleet import MAX_PAUSE_S  # before a worker follows others that ended one after another
from motia_process import MotiaProcess
from stored_messages import stored
from waiting import eventually

TIMEOUT_S = 4  # of the events; also on a machine that is busy, what does nothing ends in it
PATIENCE_S = 3.0  # for an answer to somebody else, on a machine that is busy; a blocked loop is noticed after 0.5 s
# name -> what the handler does; {wait}: a pause in the manner of the handler
DEEDS = {
    "raises": "1 / 0",
    "leaves": "sys.exit(3)",
    "ends": "os._exit(3)",
    "crashes": "ctypes.string_at(0)",
    "kills": "os.kill(os.getpid(), 9)",
    "hangs": "{wait}",
    "loops": "while True: pass",
    "swallows": "while True:\n        try: {wait}\n        except BaseException: pass",
    "shouts": "for _ in range(50): print('x' * (1 << 20))\n    raise ValueError('loud')",
    "recurses": "deeper(1)",
}
HANGS = ("hangs", "loops", "swallows")
FAILED = 500, '{"error":"Internal server error"}'
KINDS = ("async", "sync")
STEP = """
import asyncio, ctypes, os, sys, time
config = {config}

def deeper(n):
    return deeper(n + 1)

{kind}def handler(given, context):
    with open(os.environ["LEDGER"], "a") as file:
        file.write("{name}\\n")
    if {well}:
        return {{"status": 200, "body": "well"}}
    {deed}
"""
NAN = """
config = {config}
{kind}def handler(req, context):
    return {{"status": 200, "body": {{"price": float("nan")}}}}
"""


def save(app: MotiaProcess, name: str, kind: str, config: dict[str, Any], deed: str, well: str) -> None:
    config = {"name": name, "emits": [], **config}
    wait = "await asyncio.sleep(60)" if kind == "async" else "time.sleep(60)"
    prefix = "async " if kind == "async" else ""
    source = STEP.format(config=config, kind=prefix, name=name, well=well, deed=deed.format(wait=wait))
    app.write(f"steps/{name}_step.py", source)


pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(f"misbehaviour-{name}")) for name in ("dev", "start")],
)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotiaProcess]:
    folder: Path = tmp_path_factory.mktemp("misbehaviour")
    made = MotiaProcess(folder / "app", request.param)
    made.step("hello", "'fine'")
    made.write(
        "steps/count_step.py",
        """
        import os
        config = {"type": "api", "name": "count", "method": "GET", "path": "/count", "emits": []}
        seen = []
        async def handler(req, context):
            seen.append(1)
            return {"status": 200, "body": [os.getpid(), len(seen)]}
        """,
    )
    for kind in KINDS:
        api = {"type": "api", "method": "POST"}
        for name, deed in DEEDS.items():
            save(made, f"{name}-{kind}", kind, {**api, "path": f"/{name}/{kind}"}, deed, "False")
            limits = {"handler": {"ram": 256, "timeout": TIMEOUT_S}}
            event = {"type": "event", "subscribes": [f"{name}.{kind}"], "infrastructure": limits}
            again = f'open(os.environ["LEDGER"]).read().split().count("{name}-{kind}-event") > 1'
            save(made, f"{name}-{kind}-event", kind, event, deed, again)
        config = {**api, "name": f"nan-{kind}", "path": f"/nan/{kind}", "emits": []}
        made.write(f"steps/nan-{kind}_step.py", NAN.format(config=config, kind="async " if kind == "async" else ""))
    (folder / "ledger").touch()
    made.start(env={"LEDGER": str(folder / "ledger")})
    yield made
    assert made.stop() == 0


def attempts(app: MotiaProcess, name: str) -> int:
    return (app.root.parent / "ledger").read_text().split().count(name)


class Others:
    """Somebody else's requests, one after the other, while something happens."""

    def __init__(self, app: MotiaProcess, *, innocent: bool = True, patience_s: float = PATIENCE_S) -> None:
        """innocent: no worker ends by itself; `motia start` cannot answer twice what such a worker was answering."""
        self._app = app
        self._may_fail = not innocent and app.command == "start"
        self._patience_s = patience_s if innocent else patience_s + MAX_PAUSE_S
        self._stop = threading.Event()
        self.answers: list[tuple[float, tuple[int, str]]] = []
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Others:
        self._thread.start()
        return self

    def _ask(self) -> None:
        while not self._stop.wait(0.02):
            began = time.monotonic()
            try:
                answer = self._app.get("/hello")
            except OSError as wrong:
                answer = (0, repr(wrong))
            self.answers.append((time.monotonic() - began, answer))

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        found = {answer for _, answer in self.answers}
        said = "\n".join(self._app.lines[-200:])
        assert found - ({FAILED} if self._may_fail else set()) == {(200, "fine")}, said
        assert max(seconds for seconds, _ in self.answers) < self._patience_s, said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name in (*DEEDS, "nan") if name not in HANGS])
def test_a_request_fails_alone(app: MotiaProcess, name: str, kind: str) -> None:
    assert app.post(f"/{name}/{kind}") == FAILED
    assert name == "nan" or attempts(app, f"{name}-{kind}") == 1
    assert app.get("/hello") == (200, "fine")


@pytest.mark.parametrize("names", [tuple(name for name in DEEDS if name not in HANGS), HANGS])
def test_an_event_is_tried_again_once(app: MotiaProcess, names: tuple[str, ...]) -> None:
    events = [f"{name}-{kind}-event" for name in names for kind in KINDS]
    with Others(app, innocent=names is HANGS):
        for event in events:
            name, kind, _ = event.split("-")
            app.emit(f"{name}.{kind}", {})
            # Of several runs in a worker that ended, none need be to blame: then all are repeated without a word.
            if names is not HANGS:
                eventually(lambda event=event: app.said(rf"{event}.*Attempt 1 of 4 failed") or attempts(app, event) > 1)
        eventually(lambda: all(attempts(app, event) > 1 for event in events), within_s=60)
    eventually(lambda: not stored(app.root / ".motia"), within_s=60)
    assert not app.said("Attempt 2 of 4 failed"), "\n".join(app.lines[-300:])


@pytest.mark.slow
def test_requests_that_never_end_fail_when_their_time_is_over(app: MotiaProcess) -> None:
    answers: dict[str, tuple[int, str]] = {}

    def ask(path: str) -> None:
        answers[path] = app.post(path, timeout_s=120)  # `start`: what waits behind a loop is begun when that is stopped

    asking = [threading.Thread(target=ask, args=(f"/{name}/{kind}",)) for name in HANGS for kind in KINDS]
    said = len(app.lines)
    if app.command == "start":  # a connection that comes to a worker in the same instant as a loop may wait for its end
        for thread in asking:
            thread.start()
        eventually(lambda: any("blocks its worker's event loop" in line for line in app.lines[said:]), within_s=100)
    with Others(app):
        for thread in asking:
            if app.command == "dev":
                thread.start()
        for thread in asking:
            thread.join()
    assert list(answers.values()) == [FAILED] * len(asking)


def test_module_state_survives_between_calls(app: MotiaProcess) -> None:
    counts: dict[int, int] = {}
    for _ in range(30):
        pid, count = json.loads(app.get("/count")[1])
        assert count == counts.get(pid, 0) + 1
        counts[pid] = count
    assert len(counts) <= 4
