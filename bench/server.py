"""The local server beside a bare Starlette route on uvicorn, in one run: throughput, tail, reload."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench._load import measure
from bench._serving import HELLO, get, row, serve, settled, wait_for, write_app

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


def run() -> list[dict[str, Any]]:
    """Rows; ratios are ours / baseline."""
    with tempfile.TemporaryDirectory() as folder, starlette(Path(folder)) as bare:
        root = Path(folder) / "app"
        write_app(root)
        rows = []
        for command in ("dev", "start"):
            with serve(root, command) as serving:
                settled(serving)
                rows += throughput(command, serving.port, bare)
                if command == "dev":
                    rows.append(reload(root, serving.port))
    return rows


def throughput(command: str, port: int, bare: int) -> list[dict[str, Any]]:
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
        row(f"{command}: GET JSON, 16 connections, beside bare Starlette", each[0], each[1], "us/request"),
        row(f"{command}: GET JSON, p50", p50[0], p50[1], "us"),
        row(f"{command}: GET JSON, p99", p99[0], p99[1], "us"),
        row(f"{command}: GET JSON, our p99 beside our p50", p99[0], p50[0], "us"),
    ]


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


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
