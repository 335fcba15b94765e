"""What a person at work notices of the local servers, each beside its budget: start, memory, idle CPU, orders, wear."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench._load import measure
from bench._serving import Language, Serving, cpu_s, get, pss_mb, row, serve, settled, write_app

ORDERS = 200
IDLE_S = 5.0


def run() -> list[dict[str, Any]]:
    """Rows; a baseline is a budget, or the same before."""
    languages: tuple[Language, ...] = ("python", "typescript")
    return [found for language in languages for command in ("dev", "start") for found in measured(command, language)]


def measured(command: str, language: Language) -> list[dict[str, Any]]:
    name = command if language == "python" else f"{command}, TypeScript"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "app"
        write_app(root, language)
        starts, used = [], []
        for _ in range(5):
            with serve(root, command) as serving:
                starts.append(serving.first_answer_s)
                used.append(serving.first_answer_cpu_s)
        with serve(root, command) as serving:
            settled(serving)
            return [
                row(f"{name}: first 200 after the start of the process", statistics.median(starts), 1.2, "s"),
                row(f"{name}: processor time of the server until then", statistics.median(used), None, "s"),
                row(f"{name}: memory, idle, two workers (PSS)", memory_mb(serving), 150, "MB"),
                row(f"{name}: processor, idle", idle_percent(serving), 1, "%"),
                row(f"{name}: {ORDERS} orders end to end", orders_s(serving), 2, "s"),
                steadiness(name, command, language, serving),
                row(f"{name}: memory after that (PSS)", memory_mb(serving), None, "MB"),
            ]


def memory_mb(serving: Serving) -> float:
    return sum(pss_mb(pid) for pid in serving.processes())


def idle_percent(serving: Serving) -> float:
    """Of one core, by all processes."""
    before = cpu_s(serving.pid)
    time.sleep(IDLE_S)
    return (cpu_s(serving.pid) - before) / IDLE_S * 100


def orders_s(serving: Serving) -> float:
    """POST, state, emit, event Step, stream: until the last order is in the stream."""
    before = int(get(serving.port, "/done"))
    began = time.perf_counter()
    measure(serving.port, "/orders", method="POST", body=json.dumps({"total": 5}), requests=ORDERS)
    while int(get(serving.port, "/done")) < before + ORDERS:
        continue
    return time.perf_counter() - began


def steadiness(name: str, command: str, language: Language, worn: Serving) -> dict[str, Any]:
    """In turns with a server that has just started, so that both have the same of a machine that is not quiet."""
    measure(worn.port, "/hello", requests=20_000)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "app"
        write_app(root, language)
        with serve(root, command) as fresh:
            settled(fresh)
            measure(fresh.port, "/hello", requests=200)
            rounds = [(request_us(worn), request_us(fresh)) for _ in range(5)]
    ours, base = (statistics.median(side) for side in zip(*rounds, strict=True))
    return row(f"{name}: GET JSON after 20,000 requests, beside after 200", ours, base, "us/request")


def request_us(serving: Serving) -> float:
    return measure(serving.port, "/hello", requests=2000)["seconds"] / 2000 * 1e6
