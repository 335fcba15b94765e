"""The project that `test_server_kills.py` serves, and what its Steps wrote about themselves.

Every POST /take emits one topic to a standard queue with an async and a sync subscriber, and another to a FIFO queue.
An event Step appends `start` and `success` lines to a ledger outside the engine, one system call each, so that a killed
process has written all it did.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

STEPS = ("plain", "threaded", "ordered")  # the event Steps
GROUP = 1_000_000  # the number of an event: its FIFO group * GROUP + a rising number

SOURCES = {
    "lib/ledger.py": """
        import os, time

        FILE = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        SERVER = os.getppid()

        def note(kind, step, n):
            os.write(FILE, f"{kind} {step} {n} {os.getpid()} {SERVER} {time.time()}\\n".encode())
    """,
    "steps/take_step.py": """
        config = {"type": "api", "name": "take", "method": "POST", "path": "/take", "emits": ["work", "turn"]}

        async def handler(req, context):
            event = req["body"]
            await context.emit({"topic": "work", "data": event})
            await context.emit({"topic": "turn", "data": event, "messageGroupId": str(event["group"])})
            return {"status": 202}
    """,
    "steps/recorded_step.py": """
        config = {"type": "api", "name": "recorded", "method": "GET", "path": "/recorded/:step", "emits": []}

        async def handler(req, context):
            return {"status": 200, "body": await context.state.get_group(req["pathParams"]["step"])}
    """,
    "steps/plain_step.py": """
        import asyncio
        from lib.ledger import note
        config = {"type": "event", "name": "plain", "subscribes": ["work"], "emits": [],
                  "infrastructure": {"queue": {"type": "standard", "maxRetries": 50}}}

        async def handler(data, context):
            note("start", "plain", data["n"])
            await asyncio.sleep(0.01)
            await context.state.set("plain", str(data["n"]), data["n"])
            note("success", "plain", data["n"])
    """,
    "steps/threaded_step.py": """
        import time
        from lib.ledger import note
        config = {"type": "event", "name": "threaded", "subscribes": ["work"], "emits": [],
                  "infrastructure": {"queue": {"type": "standard", "maxRetries": 50}}}

        def handler(data, context):
            note("start", "threaded", data["n"])
            time.sleep(0.01)
            note("success", "threaded", data["n"])
    """,
    "steps/ordered_step.py": """
        from lib.ledger import note
        config = {"type": "event", "name": "ordered", "subscribes": ["turn"], "emits": [],
                  "infrastructure": {"queue": {"type": "fifo", "maxRetries": 50}}}

        async def handler(data, context):
            note("start", "ordered", data["n"])
            await context.state.set("ordered", str(data["n"]), data["n"])
            note("success", "ordered", data["n"])
    """,
}

_EVENT = """
import {{ note }} from '../lib/ledger.ts'
export const config = {{
  type: 'event', name: '{name}', subscribes: ['{topic}'], emits: [],
  infrastructure: {{ queue: {{ type: '{queue}', maxRetries: 50 }} }},
}} as const

export const handler = async (data: any, ctx: any) => {{
  note('start', '{name}', data.n)
  {work}
  note('success', '{name}', data.n)
}}
"""
_KEEP = "await ctx.state.set('{name}', String(data.n), data.n)"
TYPESCRIPT = {
    "lib/ledger.ts": """
        import { openSync, writeSync } from 'node:fs'

        const FILE = openSync(process.env.LEDGER!, 'a')
        const SERVER = process.ppid

        export const note = (kind: string, step: string, n: number): void => {
          writeSync(FILE, `${kind} ${step} ${n} ${process.pid} ${SERVER} ${Date.now() / 1000}\\n`)
        }
    """,
    "steps/take.step.ts": """
        export const config = {
          type: 'api', name: 'take', method: 'POST', path: '/take', emits: ['work', 'turn'],
        } as const

        export const handler = async ({ body }: any, { emit }: any) => {
          await emit({ topic: 'work', data: body })
          await emit({ topic: 'turn', data: body, messageGroupId: String(body.group) })
          return { status: 202 }
        }
    """,
    "steps/recorded.step.ts": """
        export const config = {
          type: 'api', name: 'recorded', method: 'GET', path: '/recorded/:step', emits: [],
        } as const

        export const handler = async ({ pathParams }: any, { state }: any) =>
          ({ status: 200, body: await state.getGroup(pathParams.step) })
    """,
    "steps/plain.step.ts": _EVENT.format(
        name="plain",
        topic="work",
        queue="standard",
        work=f"await new Promise((resolve) => setTimeout(resolve, 10))\n  {_KEEP.format(name='plain')}",
    ),
    "steps/threaded.step.ts": _EVENT.format(name="threaded", topic="work", queue="standard", work=""),
    "steps/ordered.step.ts": _EVENT.format(
        name="ordered", topic="turn", queue="fifo", work=_KEEP.format(name="ordered")
    ),
}


def write_app(root: Path, language: str = "python") -> None:
    """Save the project, in Python or TypeScript."""
    for file, source in (SOURCES if language == "python" else TYPESCRIPT).items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))


@dataclass
class Attempt:
    """worker, server: process ids. began, ended: seconds since the epoch; None without a success."""

    worker: int
    server: int
    began: float
    ended: float | None = None


def read_ledger(path: Path) -> dict[tuple[str, int], list[Attempt]]:
    """(Step, number of the event) -> its attempts, in the order they began."""
    found: dict[tuple[str, int], list[Attempt]] = defaultdict(list)
    for line in path.read_text().splitlines():
        kind, step, n, worker, server, at = line.split()
        attempts = found[step, int(n)]
        if kind == "start":
            attempts.append(Attempt(int(worker), int(server), float(at)))
            continue
        own = [attempt for attempt in attempts if attempt.worker == int(worker) and attempt.ended is None]
        own[-1].ended = float(at)
    return found
