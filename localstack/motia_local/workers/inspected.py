"""A pool of one worker, to which a debugger can attach.

Who looks at a breakpoint stops the worker for as long as he looks: nothing is late meanwhile. After a reload the port
goes over to the new worker when the old one is gone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from motia_local.workers.fleet import Launch
from motia_local.workers.invocation import Invocation, Outcome
from motia_local.workers.member import Member
from motia_local.workers.pool import WorkerPool

PATIENCE_S = 86_400.0


class InspectedPool(WorkerPool):
    """Runs Steps on one worker at a time, in which debugpy, or Node's inspector, listens on `port`."""

    def __init__(self, launch: Launch, *, cwd: Path, port: int) -> None:
        super().__init__(launch, cwd=cwd, size=1)
        self._port = port
        self._inspected: Member | None = None

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run a Step, without a time limit."""
        return await super().invoke(replace(invocation, timeout_s=PATIENCE_S))

    def _reroute(self) -> None:
        if self._inspected is None or self._inspected.dead:
            usable = [m for m in self.fleet.members if m.usable and m.generation == self.fleet.generation]
            self._inspected = usable[0] if usable else None
            if self._inspected is not None:  # before the first invocation, so that its breakpoints are hit
                self._inspected.process.send({"t": "inspect", "port": self._port})
        super()._reroute()
