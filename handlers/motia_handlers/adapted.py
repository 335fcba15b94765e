"""The services of a bundle whose project brings adapters of its own: its `motia_config.py` is in the bundle."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from motia.adapters.bridge import AdapterEvents, AdapterState, AdapterStreams, Push
from motia.adapters.interfaces import StreamAdapter
from motia.backend import Backend
from motia.errors import MotiaError, StepLoadError, StreamError
from motia.failure import stack
from motia.project_config import FILE_NAME, ProjectConfig, load_project_config
from motia_handlers.services import Services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia.aws.streams import Snapshot

T = TypeVar("T")


class AdaptedServices:
    """Services in which the project's adapters take the place of ours. They are made once a sandbox."""

    def __init__(self, services: Services, config: ProjectConfig) -> None:
        self._services = services
        self.backend = adapted_backend(services.backend, config)
        self._cron = config.cron()

    async def acquire_lock(self, name: str, ttl_s: int) -> bool:
        """True for the first caller of a name within `ttl_s` seconds."""
        if self._cron is None:
            return await self._services.acquire_lock(name, ttl_s)
        return await self._cron.acquire_lock(name, ttl_s * 1000) is not None

    async def change_visibility(self, queue: str, receipt_handle: str, timeout_s: int) -> None:
        """As before."""
        await self._services.change_visibility(queue, receipt_handle, timeout_s)

    async def fetch_payload(self, bucket: str, key: str) -> bytes:
        """As before."""
        return await self._services.fetch_payload(bucket, key)


class AdaptedStreams(AdapterStreams):
    """Streams with what a client that joins is told."""

    async def snapshot(self, stream: str, group: str, id: str | None) -> Snapshot:
        """The present state. Changes may be in it and be told as well; none is in neither. StreamError."""
        from motia.aws.streams import Snapshot

        now = time.time_ns() // 1_000_000
        try:
            return Snapshot(now, await (self.get_group(stream, group) if id is None else self.get(stream, group, id)))
        except Exception as error:
            raise StreamError(f"the adapter of the stream {stream!r} failed: {error}") from error


def adapt(services: Services, root: Path) -> Services:
    """`services` with the adapters of `motia_config.py` in `root`. StepLoadError when they cannot be made."""
    return _made(lambda: AdaptedServices(services, _config(root)))


def load_streams(backend: Backend, root: Path) -> AdaptedStreams:
    """The streams of `motia_config.py` in `root`. StepLoadError when it cannot be used."""
    return _made(lambda: adapted_streams(backend, _config(root)))


def _config(root: Path) -> ProjectConfig:
    return load_project_config(root) or ProjectConfig()


def _made(make: Callable[[], T]) -> T:
    try:
        return make()
    except StepLoadError:
        raise
    except MotiaError as wrong:
        cause = wrong.__cause__
        raise StepLoadError(
            wrong.what, where=FILE_NAME, remedy=wrong.remedy, traceback=stack(cause) if cause else ""
        ) from wrong


def adapted_backend(backend: Backend, config: ProjectConfig) -> Backend:
    """`backend` with the project's state, streams and events."""
    changes: dict[str, Any] = {}
    if (state := config.state()) is not None:
        changes["state"] = AdapterState(state)
    if "streams" in config.adapters:
        changes["streams"] = adapted_streams(backend, config)
    if (events := config.events()) is not None:
        changes["events"] = AdapterEvents(events)
    return replace(backend, **changes)


def adapted_streams(backend: Backend, config: ProjectConfig) -> AdaptedStreams:
    """The project's streams; the clients of the WebSocket API hear of their changes as they do of ours."""

    def make(name: str) -> StreamAdapter[Any]:
        adapter = config.stream(name)
        assert adapter is not None
        return adapter

    return AdaptedStreams(make, _push(backend))


def _push(backend: Backend) -> Push:
    clients: Callable[[], Any] | None = getattr(backend, "clients", None)
    if clients is None or not os.environ.get("MOTIA_WEBSOCKET_ENDPOINT"):
        return _nobody
    from motia.aws.streams import LatePusher

    return LatePusher(clients).push


async def _nobody(stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
    return None
