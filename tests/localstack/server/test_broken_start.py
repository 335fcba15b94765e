"""A server that starts while a file is broken: what is emitted for the Step in it waits until it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from motia_process import MotiaProcess
from waiting import eventually

WORKERS = {
    "steps/work_step.py": """
        config = {"type": "event", "name": "work", "subscribes": ["work"], "emits": []}
        async def handler(data, context):
            await context.state.set("seen", str(data), data)
        """,
    "steps/work.step.ts": """
        export const config = { type: 'event', name: 'work', subscribes: ['work'], emits: [] } as const
        export const handler = async (data: number, { state }: any) => {
          await state.set('seen', String(data), data)
        }
        """,
}


@pytest.fixture
def app(tmp_path: Path, command: str) -> Iterator[MotiaProcess]:
    made = MotiaProcess(tmp_path / "app", command)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()


def restart(app: MotiaProcess) -> None:
    app.stop()
    app.lines.clear()
    app.start()


@pytest.mark.parametrize("command", ["dev", pytest.param("start", marks=pytest.mark.slow)])
@pytest.mark.parametrize("file", WORKERS)
def test_events_wait_for_the_step_in_it(app: MotiaProcess, command: str, file: str) -> None:
    app.step("seen", "await context.state.get_group('seen')")
    app.write(file, WORKERS[file])
    app.start()
    app.emit("work", 1)
    eventually(lambda: app.get("/seen") == (200, "[1]"))
    app.write(file, "this is no code\n")
    restart(app)
    assert app.said(rf"{file}: ")
    assert not app.said("the version before it is still served")
    app.emit("work", 2)
    if command == "start":
        restart(app)
    app.emit("work", 3)
    assert app.get("/seen") == (200, "[1]")
    app.write(file, WORKERS[file])
    if command == "start":
        restart(app)
    eventually(lambda: app.get("/seen") == (200, "[1,2,3]"))
    app.stop()
