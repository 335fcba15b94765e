"""`motia dev` and `motia start` as measured: a project, a process from its start to its first answer, what it uses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Language = Literal["python", "typescript"]

PYTHON = {
    "steps/hello_step.py": """
config = {"type": "api", "name": "hello", "method": "GET", "path": "/hello", "emits": []}
async def handler(req, context):
    return {"status": 200, "body": {"hello": "world"}}
""",
    "steps/order_step.py": """
import uuid
config = {"type": "api", "name": "order", "method": "POST", "path": "/orders", "emits": ["order"]}
async def handler(req, context):
    order = {"id": str(uuid.uuid4()), **req["body"]}
    await context.state.set("orders", order["id"], order)
    await context.emit({"topic": "order", "data": order})
    return {"status": 201, "body": order}
""",
    "steps/fulfil_step.py": """
config = {"type": "event", "name": "fulfil", "subscribes": ["order"], "emits": []}
async def handler(data, context):
    await context.streams.orders.set("done", data["id"], {"status": "done"})
""",
    "steps/done_step.py": """
config = {"type": "api", "name": "done", "method": "GET", "path": "/done", "emits": []}
async def handler(req, context):
    return {"status": 200, "body": len(await context.streams.orders.get_group("done"))}
""",
    "steps/orders_stream.py": """
config = {"name": "orders", "schema": {"type": "object"}, "baseConfig": {"storageType": "default"}}
""",
}


TYPESCRIPT = {
    "steps/hello.step.ts": """
export const config = { type: 'api', name: 'hello', method: 'GET', path: '/hello', emits: [] }
export const handler = async (req, context) => ({ status: 200, body: { hello: 'world' } })
""",
    "steps/order.step.ts": """
import { randomUUID } from 'node:crypto'
export const config = { type: 'api', name: 'order', method: 'POST', path: '/orders', emits: ['order'] }
export const handler = async (req, context) => {
  const order = { id: randomUUID(), ...req.body }
  await context.state.set('orders', order.id, order)
  await context.emit({ topic: 'order', data: order })
  return { status: 201, body: order }
}
""",
    "steps/fulfil.step.ts": """
export const config = { type: 'event', name: 'fulfil', subscribes: ['order'], emits: [] }
export const handler = async (data, context) => {
  await context.streams.orders.set('done', data.id, { status: 'done' })
}
""",
    "steps/done.step.ts": """
export const config = { type: 'api', name: 'done', method: 'GET', path: '/done', emits: [] }
export const handler = async (req, context) => ({
  status: 200,
  body: (await context.streams.orders.getGroup('done')).length,
})
""",
    "steps/orders.stream.ts": """
export const config = { name: 'orders', schema: { type: 'object' }, baseConfig: { storageType: 'default' } }
""",
}
APPS: dict[Language, dict[str, str]] = {"python": PYTHON, "typescript": TYPESCRIPT}


def write_app(root: Path, language: Language = "python") -> None:
    """Save the project, which is the same in both languages."""
    (root / "steps").mkdir(parents=True)
    for file, source in APPS[language].items():
        (root / file).write_text(source)


@dataclass(frozen=True)
class Serving:
    """A server that has answered. first_answer_s: seconds from the start of its process; first_answer_cpu_s: seconds
    of processor time it had used by then, which other programs do not change."""

    port: int
    pid: int
    first_answer_s: float
    first_answer_cpu_s: float

    def processes(self) -> list[int]:
        """The server, its two oldest workers (the third is the spare), and what compiles for them."""
        workers = [child for child in children(self.pid) if is_worker(child)]
        others = [child for child in children(self.pid) if child not in workers]
        return [self.pid, *workers[:2], *others, *(below for other in others for below in children(other))]


@contextmanager
def serve(root: Path, command: str) -> Iterator[Serving]:
    """`motia dev` or `motia start`, with two workers."""
    motia = Path(sys.executable).with_name("motia")
    began = time.perf_counter()
    process = subprocess.Popen([str(motia), command, "-p", "0"], cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = 0
        for line in process.stdout:
            if said := re.search(r"listening on port (\d+)", line):
                found = int(said[1])
                break
        get(found, "/hello")
        yield Serving(found, process.pid, time.perf_counter() - began, used_s(process.pid))
    finally:
        process.terminate()
        process.communicate()


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return str(answer.read().decode())


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            get(port, "/hello")
            return
        except OSError:
            continue
    raise TimeoutError(f"nothing answers on port {port}")


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return sorted(found)


def is_worker(pid: int) -> bool:
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    return b"start.py" in command or b"worker.mjs" in command


def settled(serving: Serving) -> None:
    """Wait until every process is there and has nothing more to import."""
    deadline, before, quiet = time.monotonic() + 30, -1.0, 0
    while time.monotonic() < deadline and quiet < 2:
        now = cpu_s(serving.pid)
        quiet = quiet + 1 if len(children(serving.pid)) >= 2 and now - before < 0.02 else 0
        before = now
        time.sleep(0.5)


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process and its children have used."""
    return sum(used_s(each) for each in (pid, *children(pid)))


def used_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mb(pid: int) -> float:
    """Memory of a process, what it shares with others counted in parts."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def row(name: str, ours: float, baseline: float | None, unit: str) -> dict[str, Any]:
    ratio = None if baseline is None else ours / baseline
    return {"name": name, "ours": ours, "baseline": baseline, "ratio": ratio, "unit": unit}
