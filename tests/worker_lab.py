"""Real pools of real worker processes over a folder of Steps, and a recorder in the place of the server."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motia import names
from motia.descriptor import BundleDescriptor, StepDescriptor
from motia.http import HttpRequest
from motia_local.workers.invocation import Invocation, Outcome
from motia_local.workers.output import OutputLine
from motia_local.workers.pool import WorkerPool
from motia_local.workers.pools import Pools, make_pools
from motia_project.model import Language

FILES: dict[Language, str] = {"python": "steps/{}_step.py", "node": "steps/{}.step.ts"}
CONFIGS: dict[Language, str] = {
    "python": "config = {{'type': '{kind}', 'name': '{name}', 'emits': []}}\n",
    "node": "export const config = {{ type: '{kind}', name: '{name}', emits: [] }}\n",
}


@dataclass
class Recorder:
    """What the workers asked for and said."""

    calls: list[tuple[str, list[Any]]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    lines: list[OutputLine] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)  # what was logged and printed, in the order it came

    async def call(self, invocation: Invocation | None, operation: str, arguments: list[Any]) -> Any:
        self.calls.append((operation, arguments))
        if operation == "state.set":
            self.values[arguments[1]] = arguments[2]
        return self.values.get(arguments[1]) if operation == "state.get" else None

    def log(self, invocation: Invocation | None, record: dict[str, Any]) -> None:
        self.logs.append(record)
        self.said.append(record["msg"])

    def trace(self, invocation: Invocation | None, event: dict[str, Any]) -> None:
        pass

    def output(self, line: OutputLine) -> None:
        self.lines.append(line)
        self.said.append(line.text)

    def notice(self, level: str, text: str, step: str | None = None) -> None:
        self.notices.append(text)


@dataclass
class Lab:
    """A folder of Steps of one language and the pools that run them."""

    root: Path
    language: Language
    recorder: Recorder
    pools: Pools[WorkerPool]
    steps: dict[str, StepDescriptor] = field(default_factory=dict)

    @property
    def pool(self) -> WorkerPool:
        return self.pools.pool(self.language)

    def write(self, name: str, source: str, kind: str = "api") -> None:
        """Save a Step."""
        file = FILES[self.language].format(name)
        config = CONFIGS[self.language].format(name=name, kind=kind)
        (self.root / file).write_text(config + textwrap.dedent(source))
        self.steps[name] = StepDescriptor(names.step_id(name), name, kind, file)

    async def read(self) -> list[dict[str, Any]] | None:
        """What is saved says."""
        return await self.pools.read(self.language, [step.file for step in self.steps.values()])

    async def load(self) -> dict[str, str]:
        """Serve what is saved; what could not be loaded and why."""
        await self.read()
        return await self.load_all()

    async def load_all(self) -> dict[str, str]:
        """Serve all Steps as they were read."""
        report = await self.pools.load(BundleDescriptor(tuple(self.steps.values()), {}))
        return {step: failure.what for step, failure in report.failures.items()}

    def run(
        self, name: str, data: Any = None, *, timeout_s: float = 20.0, method: str = "POST"
    ) -> asyncio.Task[Outcome]:
        """Begin an invocation."""
        return asyncio.get_running_loop().create_task(self.invoke(name, data, timeout_s=timeout_s, method=method))

    async def invoke(self, name: str, data: Any = None, *, timeout_s: float = 20.0, method: str = "POST") -> Outcome:
        """What comes of an invocation."""
        step = self.steps[name]
        request = HttpRequest(method, f"/{name}", body=data or b"") if step.type == "api" else None
        kind: Any = step.type
        call = Invocation(step.id, kind, f"TRACE-{name}", timeout_s, request, "topic", data)
        return await self.pools.invoke(call)

    async def text(self, name: str, **options: Any) -> str:
        """Body of a response, or what failed."""
        outcome = await self.run(name, **options)
        if outcome.response is None:
            assert outcome.failure is not None
            return f"{outcome.failure.kind}: {outcome.failure.message}"
        return outcome.response.body.decode()

    def pids(self) -> set[int]:
        return {member.process.pid for member in self.pool.fleet.members}

    def routes(self, name: str) -> int:
        """How many workers can run a Step."""
        return len(self.pool._routes.get(self.steps[name].id, ()))

    async def settled(self, name: str = "ok") -> None:
        """All workers of the generation are in service."""
        await self.until(lambda: self.routes(name) == self.pool.fleet.size)

    async def until(self, check: Callable[[], Any], within_s: float = 20.0) -> None:
        """Return when `check` is true."""
        async with asyncio.timeout(within_s):
            while not check():
                await asyncio.sleep(0.02)


Body = Callable[[Lab], Coroutine[Any, Any, None]]


@asynccontextmanager
async def make_lab(root: Path, language: Language) -> AsyncIterator[Lab]:
    """A pool of two workers; afterwards no worker is left."""
    (root / "steps").mkdir()
    recorder = Recorder()
    pools = make_pools(root, 2)
    pools.services = recorder
    made = Lab(root, language, recorder, pools)
    try:
        yield made
    finally:
        pids = made.pids()
        await pools.close(grace_s=0.5)
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def run_in_lab(root: Path, language: Language, body: Body, within_s: float = 60.0) -> None:
    """Run an async test body."""
    import uvloop

    async def main() -> None:
        async with make_lab(root, language) as made, asyncio.timeout(within_s):
            await body(made)

    uvloop.run(main())
