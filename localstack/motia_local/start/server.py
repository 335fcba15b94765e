"""The local server whose workers answer HTTP."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from motia_local.server.console import Console
from motia_local.server.http import HttpServer
from motia_local.server.local import LocalServer, ServerOptions
from motia_local.server.reading import View
from motia_local.start.http import SharedHttp
from motia_local.start.line import Left
from motia_local.start.lines import Lines
from motia_local.start.pool import NodeServingPool, Served, ServingPool
from motia_local.workers.invocation import Failure
from motia_local.workers.launch import launch_of
from motia_local.workers.pools import Pools
from motia_project.model import Language, Step


class StartServer(LocalServer):
    """Everything a LocalServer is; requests for Steps are answered in the workers. It is their pools' host."""

    pool: Pools[ServingPool]

    def __init__(
        self,
        root: Path,
        options: ServerOptions | None = None,
        *,
        console: Console | None = None,
        pool: Pools[ServingPool] | None = None,
    ) -> None:
        """pool: pools whose workers are starting already, made by `make_serving_pools`."""
        pool = pool or make_serving_pools(Path(root).resolve(), (options or ServerOptions()).workers)
        super().__init__(root, options, console=console, pool=pool)
        self._shared: SharedHttp | None = None

    def _make_http(self, sock: socket.socket) -> HttpServer:
        self._shared = SharedHttp(self.app, sock, Lines(self.pool.started))
        return self._shared

    async def _take(self, view: View) -> None:
        await super()._take(view)
        for language, pool in self.pool.started.items():
            pool.host = self
            pool.serve(self._served(view, language))

    def _served(self, view: View, language: Language) -> Served:
        steps = [step for step in view.steps if step.type == "api"]
        return Served(
            steps=[(step.id, self._limit_s(step)) for step in steps if step.language == language],
            elsewhere=[(step.method or "", step.path or "") for step in steps if step.language != language],
            pages=["/emit", *self.app.pages],
            mounts=list(self.app.mounts),
            max_body=self.app.max_body_bytes,
        )

    def _limit_s(self, step: Step) -> float:
        return float(step.timeout_s)

    async def stop(self, grace_s: float = 5.0) -> None:
        if self._shared is not None:
            self._shared.close_door()
        await super().stop(grace_s)

    # what the pool asks of its host

    def place(self, client: socket.socket) -> None:
        self._http_now.place(client)

    def adopt(self, client: socket.socket, data: bytes) -> None:
        self._http_now.adopt(client, data)

    def pass_on(self, client: socket.socket, data: bytes, pool: ServingPool) -> None:
        self._http_now.pass_on(client, data, pool)

    def fail(self, left: Left, *, stopping: bool) -> None:
        self._http_now.fail(left, stopping=stopping)

    @property
    def _http_now(self) -> SharedHttp:
        assert self._shared is not None  # connections come from nowhere else
        return self._shared

    def began(self, step: str, trace_id: str, start_ms: int) -> Any:
        found = self.services.steps.get(step)
        trace = self.tracer.begin(found.name if found else step, "api", trace_id)
        trace.start_ms = start_ms
        return trace

    def ended(self, step: str, trace: Any, failure: Failure | None, *, logged: bool) -> None:
        found = self.services.steps.get(step)
        if found is not None:
            self.runs.served(found, trace, failure, logged=logged)


def make_serving_pools(root: Path, size: int | None = None) -> Pools[ServingPool]:
    """The pools of the project at `root`, whose workers can be given connections. size: of each."""

    def make(language: Language) -> ServingPool:
        kind = NodeServingPool if language == "node" else ServingPool
        return kind(launch_of(language, root), cwd=root, size=size)

    return Pools(root, make)
