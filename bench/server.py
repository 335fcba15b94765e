"""The local server beside a bare Starlette route on uvicorn, TypeScript beside Python, in one run: throughput, tail,
reload."""

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
from bench._serving import Language, get, row, serve, settled, wait_for, write_app

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
        roots: dict[Language, Path] = {"python": Path(folder) / "python", "typescript": Path(folder) / "typescript"}
        for language, root in roots.items():
            write_app(root, language)
        rows = []
        for command in ("dev", "start"):
            with serve(roots["python"], command) as python, serve(roots["typescript"], command) as typescript:
                settled(python)
                settled(typescript)
                rows += throughput(command, python.port, bare)
                rows.append(languages(command, typescript.port, python.port))
                if command == "dev":
                    rows.append(reload("Python", roots["python"] / "steps/hello_step.py", python.port))
                    rows.append(reload("TypeScript", roots["typescript"] / "steps/hello.step.ts", typescript.port))
    return rows


def throughput(command: str, port: int, bare: int) -> list[dict[str, Any]]:
    ours, base = in_turns(port, bare)
    p50 = [median("p50_us", side) for side in (ours, base)]
    p99 = [median("p99_us", side) for side in (ours, base)]
    return [
        row(f"{command}: GET JSON, 16 connections, beside bare Starlette", each(ours), each(base), "us/request"),
        row(f"{command}: GET JSON, p50", p50[0], p50[1], "us"),
        row(f"{command}: GET JSON, p99", p99[0], p99[1], "us"),
        row(f"{command}: GET JSON, our p99 beside our p50", p99[0], p50[0], "us"),
    ]


def languages(command: str, typescript: int, python: int) -> dict[str, Any]:
    """The ratio may be 1 / 0.7 at most."""
    ours, base = in_turns(typescript, python)
    return row(f"{command}: the same in TypeScript, beside Python", each(ours), each(base), "us/request")


def in_turns(port: int, other: int) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """What was measured of two servers, warm, neither at another time than the other."""
    for each_port in (port, other) * 2:
        measure(each_port, "/hello", requests=2000)
    rounds = [
        (measure(port, "/hello", requests=REQUESTS), measure(other, "/hello", requests=REQUESTS)) for _ in range(ROUNDS)
    ]
    return [ours for ours, _ in rounds], [theirs for _, theirs in rounds]


def each(rounds: list[dict[str, float]]) -> float:
    return statistics.median(found["seconds"] / found["requests"] * 1e6 for found in rounds)


def median(key: str, rounds: list[dict[str, float]]) -> float:
    return statistics.median(found[key] for found in rounds)


def reload(language: str, file: Path, port: int) -> dict[str, Any]:
    took, source = [], file.read_text()
    for number in range(9):
        time.sleep(0.5)  # the next spare starts
        began = time.perf_counter()
        file.write_text(source.replace("world", f"world {number}"))
        while f"world {number}" not in get(port, "/hello"):
            continue
        took.append((time.perf_counter() - began) * 1000)
    return row(f"from a save to the answer of the new {language}", statistics.median(took), 300, "ms")


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
