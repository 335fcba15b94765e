"""Where a whole project runs in a test. Finding Steps and queues takes floors above this one, so whoever has them
registers itself under the entry point `project` of the group `motia.testing`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from motia.backend import Backend
from motia.descriptor import StepDescriptor
from motia.errors import ProjectError
from motia.http import HttpRequest
from motia.testing.http import Response
from motia.testing.recorded import DeadLetter, Emitted

GROUP, NAME = "motia.testing", "project"


@dataclass(frozen=True)
class Options:
    """adapters: instead of those of motia_config.py; {} keeps everything in memory. env: variables on top of .env and
    the environment. now: where the clock stands at first. isolate: import the project's modules anew."""

    adapters: Mapping[str, Any] | None = None
    env: Mapping[str, str] | None = None
    now: datetime | None = None
    isolate: bool = True


class Place(Protocol):
    """A project that runs. Everything happens in the loop that `start` was called in."""

    steps: dict[str, StepDescriptor]  # by name
    streams: tuple[str, ...]
    backend: Backend
    emitted: list[Emitted]
    logs: list[dict[str, Any]]
    pushed: list[dict[str, Any]]

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def request(self, request: HttpRequest) -> Response: ...

    async def emit(self, topic: str, data: Any, message_group_id: str | None) -> str: ...

    async def wait_idle(self, timeout_s: float) -> None: ...

    async def run_cron(self, step: StepDescriptor) -> None: ...

    async def advance_to(self, moment: datetime, timeout_s: float) -> list[str]: ...

    async def dead_letters(self, step: StepDescriptor) -> list[DeadLetter]: ...

    async def redrive(self, step: StepDescriptor) -> int: ...

    def now(self) -> datetime: ...


Opener = Callable[[Path, Options], Place]


def open_place(root: Path, options: Options) -> Place:
    """The registered place for the project at `root`. ProjectError when there is none."""
    from importlib.metadata import entry_points

    for found in entry_points(group=GROUP, name=NAME):
        opener: Opener = found.load()
        return opener(root, options)
    raise ProjectError(
        "whole projects cannot be run here: no package offers it",
        remedy="install motia-aws in the environment that runs the tests; one_step() and context() need nothing more",
    )
