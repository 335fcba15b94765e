"""A real pool of real worker processes over a folder of Steps, and a recorder in the place of the server."""

from __future__ import annotations

import asyncio
import os
import textwrap
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from motia import names
from motia.descriptor import BundleDescriptor, StepDescriptor
from motia.http import HttpRequest
from motia_local.workers.invocation import Invocation, Outcome
from motia_local.workers.launch import python_launch
from motia_local.workers.pool import WorkerPool
from worker_lab import Recorder


@dataclass
class Lab:
    """A folder of Steps and a pool that runs them."""

    root: Path
    recorder: Recorder
    pool: WorkerPool
    steps: dict[str, StepDescriptor] = field(default_factory=dict)

    def write(self, name: str, source: str, kind: str = "api") -> None:
        """Save a Step."""
        file = f"steps/{name}_step.py"
        text = textwrap.dedent(source)
        (self.root / file).write_text(f"config = {{'type': '{kind}', 'name': '{name}', 'emits': []}}\n{text}")
        self.steps[name] = StepDescriptor(names.step_id(name), name, kind, file)

    async def load(self) -> dict[str, str]:
        """Serve what is saved; what could not be loaded and why."""
        report = await self.pool.load(BundleDescriptor(tuple(self.steps.values()), {}))
        return {step: failure.what for step, failure in report.failures.items()}

    def run(
        self, name: str, data: Any = None, *, timeout_s: float = 20.0, method: str = "POST"
    ) -> asyncio.Task[Outcome]:
        """Begin an invocation."""
        step = self.steps[name]
        request = HttpRequest(method, f"/{name}", body=data or b"") if step.type == "api" else None
        kind: Any = step.type
        call = Invocation(step.id, kind, f"TRACE-{name}", timeout_s, request, "topic", data)
        return asyncio.get_running_loop().create_task(self.pool.invoke(call))

    async def text(self, name: str, **options: Any) -> str:
        """Body of a response, or what failed."""
        outcome = await self.run(name, **options)
        if outcome.response is None:
            assert outcome.failure is not None
            return f"{outcome.failure.kind}: {outcome.failure.message}"
        return outcome.response.body.decode()

    def pids(self) -> set[int]:
        return {member.process.pid for member in self.pool.fleet.members}

    async def until(self, check: Callable[[], Any], within_s: float = 20.0) -> None:
        """Return when `check` is true."""
        async with asyncio.timeout(within_s):
            while not check():
                await asyncio.sleep(0.02)


Body = Callable[[Lab], Coroutine[Any, Any, None]]


@pytest.fixture
def in_lab(tmp_path: Path) -> Callable[[Body], None]:
    """Run an async test body with a pool of two workers; afterwards no worker is left."""

    @asynccontextmanager
    async def lab() -> AsyncIterator[Lab]:
        (tmp_path / "steps").mkdir()
        recorder = Recorder()
        pool = WorkerPool(python_launch(tmp_path), cwd=tmp_path, env=dict(os.environ), services=recorder, size=2)
        made = Lab(tmp_path, recorder, pool)
        try:
            yield made
        finally:
            pids = made.pids()
            await pool.close(grace_s=0.5)
            assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]

    def run(body: Body) -> None:
        import uvloop

        async def main() -> None:
            async with lab() as made, asyncio.timeout(60):
                await body(made)

        uvloop.run(main())

    return run
