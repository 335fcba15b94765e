"""The local server beside a bare Starlette route on uvicorn, in one run: throughput, tail, start, memory, reload."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench._load import measure

ROUNDS = 5
REQUESTS = 6000
STARLETTE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def hello(request):
    return JSONResponse({"hello": "world"})

app = Starlette(routes=[Route("/hello", hello)])
if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, loop="uvloop", http="httptools")
"""
HELLO = """
config = {"type": "api", "name": "hello", "method": "GET", "path": "/hello", "emits": []}
async def handler(req, context):
    return {"status": 200, "body": {"hello": "world"}}
"""
ORDER = """
import uuid
config = {"type": "api", "name": "order", "method": "GET", "path": "/order", "emits": ["order"]}
async def handler(req, context):
    order = {"id": str(uuid.uuid4()), "total": 5}
    await context.state.set("orders", order["id"], order)
    await context.emit({"topic": "order", "data": order})
    return {"status": 202, "body": order}
"""
FULFIL = """
config = {"type": "event", "name": "fulfil", "subscribes": ["order"], "emits": []}
async def handler(data, context):
    await context.state.set("done", data["id"], True)
"""
DONE = """
config = {"type": "api", "name": "done", "method": "GET", "path": "/done", "emits": []}
async def handler(req, context):
    return {"status": 200, "body": len(await context.state.get_group("done"))}
"""


def run() -> list[dict[str, Any]]:
    """Rows; ratios are ours / baseline."""
    with tempfile.TemporaryDirectory() as folder, starlette(Path(folder)) as bare:
        root = Path(folder) / "app"
        (root / "steps").mkdir(parents=True)
        for name, source in (("hello", HELLO), ("order", ORDER), ("fulfil", FULFIL), ("done", DONE)):
            (root / "steps" / f"{name}_step.py").write_text(source)
        starts = []
        for _ in range(3):
            with dev(root) as (_, seconds, _):
                starts.append(seconds)
        with dev(root) as (port, _, pid):
            settled(pid)
            memory = sum(resident_mb(child) for child in (pid, *serving(pid)))
            rows = [
                *throughput(port, bare),
                *steadiness(port),
                orders(port),
                reload(root, port),
            ]
    return [
        *rows,
        row("first 200 after the start of motia dev", statistics.median(starts), None, "s"),
        row("memory, idle, with two workers (without the spare)", memory, None, "MB"),
    ]


def throughput(port: int, bare: int) -> list[dict[str, Any]]:
    measure(port, "/hello", requests=2000)
    measure(bare, "/hello", requests=2000)
    rounds = [
        (measure(port, "/hello", requests=REQUESTS), measure(bare, "/hello", requests=REQUESTS)) for _ in range(ROUNDS)
    ]
    ours, base = ([pair[side] for pair in rounds] for side in (0, 1))
    each = [statistics.median(r["seconds"] / r["requests"] * 1e6 for r in side) for side in (ours, base)]
    p50 = [statistics.median(r["p50_us"] for r in side) for side in (ours, base)]
    p99 = [statistics.median(r["p99_us"] for r in side) for side in (ours, base)]
    return [
        row("GET JSON, 16 connections, beside bare Starlette", each[0], each[1], "us/request"),
        row("GET JSON, p50", p50[0], p50[1], "us"),
        row("GET JSON, p99", p99[0], p99[1], "us"),
        row("GET JSON, our p99 beside our p50", p99[0], p50[0], "us"),
    ]


def steadiness(port: int) -> list[dict[str, Any]]:
    early = min(measure(port, "/hello", requests=2000)["seconds"] for _ in range(3)) / 2000 * 1e6
    measure(port, "/hello", requests=20_000)
    late = min(measure(port, "/hello", requests=2000)["seconds"] for _ in range(3)) / 2000 * 1e6
    return [row("GET JSON, after 20,000 more requests beside before", late, early, "us/request")]


def orders(port: int) -> dict[str, Any]:
    """200 orders: request, state, emit, event Step, state."""
    before = int(get(port, "/done"))
    began = time.perf_counter()
    measure(port, "/order", requests=200)
    while int(get(port, "/done")) < before + 200:
        continue
    return row("200 orders end to end", time.perf_counter() - began, None, "s")


def reload(root: Path, port: int) -> dict[str, Any]:
    took = []
    for number in range(9):
        time.sleep(0.5)  # the next spare starts
        began = time.perf_counter()
        (root / "steps/hello_step.py").write_text(HELLO.replace("world", f"world {number}"))
        while f"world {number}" not in get(port, "/hello"):
            continue
        took.append((time.perf_counter() - began) * 1000)
    return row("from a save to the answer of the new code", statistics.median(took), None, "ms")


def row(name: str, ours: float, baseline: float | None, unit: str) -> dict[str, Any]:
    ratio = None if baseline is None else ours / baseline
    return {"name": name, "ours": ours, "baseline": baseline, "ratio": ratio, "unit": unit}


@contextmanager
def starlette(folder: Path) -> Iterator[int]:
    script, port = folder / "bare.py", 38_651
    script.write_text(STARLETTE)
    process = subprocess.Popen([sys.executable, str(script), str(port)])
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def dev(root: Path) -> Iterator[tuple[int, float, int]]:
    """(port, seconds from the start to the first 200, process id) of `motia dev`."""
    motia = Path(sys.executable).with_name("motia")
    began = time.perf_counter()
    process = subprocess.Popen([str(motia), "dev", "-p", "0"], cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = 0
        for line in process.stdout:
            if found := re.search(r"listening on port (\d+)", line):
                port = int(found[1])
                break
        get(port, "/hello")
        yield port, time.perf_counter() - began, process.pid
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


def settled(pid: int) -> None:
    """Wait until both workers and the spare are there and have nothing more to import."""
    deadline, before = time.monotonic() + 20, -1
    while time.monotonic() < deadline:
        now = sum(cpu_ticks(child) for child in children(pid))
        if len(children(pid)) >= 3 and now == before:
            return
        before = now
        time.sleep(0.5)


def serving(pid: int) -> list[int]:
    """The two oldest children: the workers that serve."""
    return children(pid)[:2]


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
