"""Building 50 Steps that share pydantic and requests, in a process of its own each time, as the command line would.

Budgets: cold 10 s beyond the one install of the dependencies, unchanged 0.5 s, one Step changed 1.5 s.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STEPS = 50
BUDGETS = {"cold": 10.0, "unchanged": 0.5, "one changed": 1.5}

_STEP = """
from pydantic import BaseModel
{more}
from src.shared.module_{shared} import price


class Item(BaseModel):
    id: str
    amount: float = {number}


config = {{
    "type": "api", "name": "Step{number}", "path": "/step/{number}", "method": "POST", "emits": [],
    "bodySchema": Item.model_json_schema(),
}}


async def handler(req, context):
    return {{"status": 200, "body": {{"price": price(Item(**req["body"]).amount)}}}}
"""

_BUILD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from motia_project.discovery import discover
project = discover(Path(sys.argv[1]))
discovered = time.perf_counter()
from motia_project.bundling import Target, build
marks = []
result = build(project, Target.local(), report=lambda line: marks.append((line, time.perf_counter())))
end = time.perf_counter()
import json
print(json.dumps({"discover": discovered - start, "build": end - discovered, "built": len(result.built)}))
"""

_INSTALL = """
import sys
from pathlib import Path
from motia_project.bundling.cache import Cache
from motia_project.bundling.dependencies import install
from motia_project.bundling.requirements import read_requirements
from motia_project.bundling.target import Target
root = Path(sys.argv[1])
install(read_requirements(root), Target.local(), Cache(root / ".motia/cache"), lambda line: None)
"""


def run() -> list[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="motia-bench-"))
    try:
        _write(folder)
        installed = _timed(_INSTALL, folder)[0]
        rows = [_row("the one install of the dependencies", installed, None)]
        cold, parts = _timed(_BUILD, folder)
        assert parts["built"] == STEPS, parts
        rows.append(_row("cold", cold, BUDGETS["cold"]))
        rows.append(_row("  of it discovery", parts["discover"], None))
        looked = [_timed(_BUILD, folder) for _ in range(5)]
        assert not any(parts["built"] for _, parts in looked), looked
        _motia(folder)  # remembers what it looked at
        unchanged = _median(_motia(folder) for _ in range(5))
        rows.append(_row("unchanged, `motia build`", unchanged, BUDGETS["unchanged"]))
        for part in ("discover", "build"):
            seconds = _median(parts[part] for _, parts in looked)
            rows.append(_row(f"  without the record of the last build, {part}", seconds, None))
        changed = []
        for number in range(5):
            with (folder / f"steps/s{number}_step.py").open("a") as file:
                file.write("# changed\n")
            changed.append(_timed(_BUILD, folder))
        assert all(parts["built"] == 1 for _, parts in changed), changed
        rows.append(_row("one changed", _median(seconds for seconds, _ in changed), BUDGETS["one changed"]))
        rows.append(_row("  of it build", _median(parts["build"] for _, parts in changed), None))
        return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path) -> None:
    (folder / "steps").mkdir()
    (folder / "src/shared").mkdir(parents=True)
    (folder / "requirements.txt").write_text("pydantic>=2\nrequests\n")
    for number in range(5):
        (folder / f"src/shared/module_{number}.py").write_text(f"def price(x):\n    return x * {number}\n")
    for number in range(STEPS):
        more = "import requests" if number % 2 else "import json"
        text = _STEP.format(number=number, more=more, shared=number % 5)
        (folder / f"steps/s{number}_step.py").write_text(text)


def _timed(program: str, folder: Path) -> tuple[float, dict[str, Any]]:
    """(seconds of the whole process, what it printed)."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - start, json.loads(done.stdout or b"{}")


def _motia(folder: Path) -> float:
    """Seconds of a whole `motia build`."""
    start = time.perf_counter()
    motia = Path(sys.executable).with_name("motia")
    subprocess.run([motia, "build", "--local"], cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - start


def _row(name: str, seconds: float, budget: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": f"{STEPS} Steps, {name}", "ours": seconds, "unit": "s"}
    if budget:
        row |= {"baseline": budget, "ratio": seconds / budget}
    return row


def _median(values: Any) -> float:
    return statistics.median(values)
