"""Building 20 TypeScript Steps with zod, and what a cold start of one imports.

Budgets: configurations read in 2 s, built in 2 s, `motia build` unchanged 0.5 s as a whole process; importing the entry
of a bundle under twice what an empty handler takes: each in a process of its own, in turns, the fastest of each.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))

import node_packages
from node_bundle import ENVIRONMENT

STEPS = 20
STARTS = 15
BUDGETS = {"read": 2.0, "cold": 2.0, "unchanged": 0.5}

_STEP = """
import {{ z }} from 'zod'

const bodySchema = z.object({{ id: z.string(), amount: z.number().default({number}) }})

export const config = {{
  type: 'api', name: 'Step{number}', path: '/step/{number}', method: 'POST', emits: [], bodySchema
}}

export const handler = async (req: {{ body: unknown }}) => ({{ status: 200, body: bodySchema.parse(req.body) }})
"""

_PLAIN = """
export const config = { type: 'api', name: 'Plain', path: '/plain', method: 'POST', emits: [] }
export const handler = async (req: { body: unknown }) => ({ status: 200, body: req.body })
"""

_BUILD = """
import json, sys, time
from pathlib import Path
root = Path(sys.argv[1])
from motia_project.discovery import discover
from motia_project.bundling import Target, build
start = time.perf_counter()
project = discover(root)
read = time.perf_counter()
result = build(project, Target.local())
end = time.perf_counter()
assert not project.problems, project.problems
print(json.dumps({"read": read - start, "build": end - read, "built": len(result.built)}))
"""

_PROGRAMS = """
import sys
from pathlib import Path
from motia_project.bundling.node.compiled import bundler
bundler(Path(sys.argv[1]))
"""


def run() -> list[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="motia-bench-"))
    try:
        _write(folder)
        _motia(folder, "version")
        subprocess.run([sys.executable, "-c", _PROGRAMS, str(folder)], check=True)  # once for a machine
        cold = _build(folder)
        assert cold["built"] == STEPS, cold
        rows = [
            _row("configurations read", cold["read"], BUDGETS["read"]),
            _row("built cold", cold["build"], BUDGETS["cold"]),
        ]
        changed = []
        for number in range(3):
            step = folder / f"steps/s{number}.step.ts"
            step.write_text(step.read_text().replace("200", "201"))
            changed.append(_build(folder))
        assert all(parts["built"] == 1 for parts in changed), changed
        rows.append(_row("one changed, configurations read", _median(parts["read"] for parts in changed), None))
        rows.append(_row("one changed, built", _median(parts["build"] for parts in changed), None))
        time.sleep(2.5)  # what changed just now could change again unseen, and is looked at more closely
        _motia(folder, "build", "--local")
        unchanged = _median(_motia(folder, "build", "--local") for _ in range(5))
        rows.append(_row("unchanged, `motia build`", unchanged, BUDGETS["unchanged"]))
        return [*rows, *_cold_import(folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path) -> None:
    (folder / "steps").mkdir()
    (folder / "node_modules").mkdir()
    shutil.copytree(node_packages.install() / "node_modules/zod", folder / "node_modules/zod")
    (folder / "package.json").write_text('{"name": "bench", "type": "module"}')
    for number in range(STEPS):
        (folder / f"steps/s{number}.step.ts").write_text(_STEP.format(number=number))


def _build(folder: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", _BUILD, str(folder)], stdout=subprocess.PIPE, check=True)
    parts: dict[str, Any] = json.loads(done.stdout)
    return parts


def _motia(folder: Path, *arguments: str) -> float:
    """Seconds of a whole `motia` process."""
    start = time.perf_counter()
    motia = Path(sys.executable).with_name("motia")
    subprocess.run([motia, *arguments], cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - start


def _cold_import(folder: Path) -> list[dict[str, Any]]:
    """Of a Step without packages, and of one with zod, each beside an empty handler."""
    (folder / "steps/plain.step.ts").write_text(_PLAIN)
    _build(folder)
    tasks = {name: folder / f"task-{name}" for name in ("plain", "s0", "empty")}
    for name in ("plain", "s0"):
        with zipfile.ZipFile(folder / f"dist/node/steps/{name}.step.zip") as archive:
            archive.extractall(tasks[name])
    tasks["empty"].mkdir()
    (tasks["empty"] / "index.mjs").write_text("export const handler = async () => ({ statusCode: 200 })\n")
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(STARTS):
        for name, task in tasks.items():
            seconds[name].append(_import(task))
    least = {name: min(times) for name, times in seconds.items()}
    titles = {"plain": "cold import of a Step", "s0": "cold import of a Step with zod"}
    return [
        {
            "name": f"{title}, beside an empty handler",
            "ours": least[name],
            "baseline": least["empty"],
            "ratio": least[name] / least["empty"],
            "unit": "s",
        }
        for name, title in titles.items()
    ]


def _import(task: Path) -> float:
    """Seconds of a process that imports the entry of a bundle as Lambda does, and lets its Step be loaded."""
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT}
    start = time.perf_counter()
    subprocess.run(["node", "--input-type=module", "-e", "await import('./index.mjs')"], cwd=task, env=environment)
    return time.perf_counter() - start


def _row(name: str, seconds: float, budget: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": f"{STEPS} TypeScript Steps, {name}", "ours": seconds, "unit": "s"}
    if budget:
        row |= {"baseline": budget, "ratio": seconds / budget}
    return row


def _median(values: Any) -> float:
    return statistics.median(values)
