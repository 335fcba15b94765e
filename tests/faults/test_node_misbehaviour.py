"""Whatever a TypeScript Step does, it costs one attempt: the server answers other requests meanwhile and after."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.test_misbehaviour import FAILED, TIMEOUT_S, Others, attempts
from motia_process import MotiaProcess
from stored_messages import stored
from waiting import eventually

DEEDS = {  # name -> what the handler does
    "throws": "throw new Error('no')",
    "throws-nothing": "throw undefined",
    "rejects": "void Promise.reject(new Error('lost')); await wait(60_000)",
    "timer": "setTimeout(() => { throw new Error('late') }, 1); await wait(60_000)",
    "leaves": "process.exit(3)",
    "aborts": "process.abort()",
    "kills": "process.kill(process.pid, 'SIGKILL')",
    "hangs": "await wait(60_000)",
    "never": "await new Promise(() => {})",
    "loops": "for (;;);",
    "starves": "for (;;) await null",
    "blocks": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "shouts": "for (let i = 0; i < 50; i += 1) console.log('x'.repeat(1 << 20)); throw new Error('loud')",
    "recurses": "const deeper = (): any => deeper(); deeper()",
    "nan": "if ('body' in given) return { status: 200, body: { price: NaN } }; throw new Error('no request')",
}
PATIENCE_S = 8.0  # three handlers that block, one after another, and a process that starts, on a machine that is busy
BLOCKS = ("loops", "starves", "blocks")
HANGS = ("hangs", "never", *BLOCKS)
STEP = """
import {{ appendFileSync, readFileSync }} from 'node:fs'
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const LEDGER = process.env.LEDGER!

export const config = {config}
export const handler = async (given: any) => {{
  appendFileSync(LEDGER, '{name}\\n')
  if ({well}) return
  {deed}
}}
"""
COUNT = """
let seen = 0
export const config = { type: 'api', name: 'count', method: 'GET', path: '/count', emits: [] } as const
export const handler = async () => ({ status: 200, body: [process.pid, (seen += 1)] })
"""
HELLO = """
export const config = { type: 'api', name: 'hello', method: 'GET', path: '/hello', emits: [] } as const
export const handler = async () => ({ status: 200, body: 'fine' })
"""


pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(f"node-misbehaviour-{name}")) for name in ("dev", "start")
    ],
)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotiaProcess]:
    folder: Path = tmp_path_factory.mktemp("misbehaviour")
    made = MotiaProcess(folder / "app", request.param)
    made.write("steps/hello.step.ts", HELLO)
    made.write("steps/count.step.ts", COUNT)
    for name, deed in DEEDS.items():
        api = {"type": "api", "name": name, "method": "POST", "path": f"/{name}", "emits": []}
        made.write(f"steps/{name}.step.ts", STEP.format(config=json.dumps(api), name=name, deed=deed, well="false"))
        event = {"type": "event", "name": f"{name}-event", "subscribes": [name], "emits": []}
        limits = {"infrastructure": {"handler": {"ram": 256, "timeout": TIMEOUT_S}}}
        again = f"readFileSync(LEDGER, 'utf8').split('\\n').filter((line) => line === '{name}-event').length > 1"
        source = STEP.format(config=json.dumps({**event, **limits}), name=f"{name}-event", deed=deed, well=again)
        made.write(f"steps/{name}-event.step.ts", source)
    (folder / "ledger").touch()
    made.start(env={"LEDGER": str(folder / "ledger")})
    yield made
    assert made.stop() == 0


@pytest.mark.parametrize("name", [name for name in DEEDS if name not in HANGS])
def test_a_request_fails_alone(app: MotiaProcess, name: str) -> None:
    assert app.post(f"/{name}") == FAILED
    assert attempts(app, name) == 1
    assert app.get("/hello") == (200, "fine")


@pytest.mark.parametrize("names", [tuple(name for name in DEEDS if name not in HANGS), HANGS])
def test_an_event_is_tried_again_once(app: MotiaProcess, names: tuple[str, ...]) -> None:
    with Others(app, innocent=names is HANGS, patience_s=PATIENCE_S):
        for name in names:
            app.emit(name, {})
            event = f"{name}-event"
            # Of several runs in a worker that ended, none need be to blame: then all are repeated without a word.
            if names is not HANGS:
                eventually(lambda event=event: app.said(rf"{event}.*Attempt 1 of 4 failed") or attempts(app, event) > 1)
        eventually(lambda: all(attempts(app, f"{name}-event") > 1 for name in names), within_s=60)
    eventually(lambda: not stored(app.root / ".motia"), within_s=60)
    assert not app.said("Attempt 2 of 4 failed"), "\n".join(app.lines[-300:])


@pytest.mark.slow
def test_requests_that_never_end_fail_when_their_time_is_over(app: MotiaProcess) -> None:
    answers: dict[str, tuple[int, str]] = {}

    def ask(path: str) -> None:
        answers[path] = app.post(path, timeout_s=120)  # `start`: what waits behind a loop is begun when that is stopped

    asking = [threading.Thread(target=ask, args=(f"/{name}",)) for name in HANGS]
    said = len(app.lines)
    if app.command == "start":  # a connection that comes to a worker in the same instant as a loop may wait for its end
        for thread in asking:
            thread.start()
        eventually(lambda: any("blocks its worker's event loop" in line for line in app.lines[said:]), within_s=100)
        eventually(lambda: all(attempts(app, name) for name in BLOCKS), within_s=100)
    with Others(app, patience_s=PATIENCE_S):
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
