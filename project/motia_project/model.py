"""The project as data: what discovery finds and every later stage takes. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from motia.errors import ProjectError
from motia_project.settings import Settings

StepType = Literal["api", "event", "cron", "noop"]
Language = Literal["python", "node"]

_VISIBILITY_FACTOR = 6  # of the handler's timeout; "Using Lambda with Amazon SQS", AWS Lambda Developer Guide


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a project: where, which key, which value, what is allowed, what to do.

    file: relative to the project's root, posix. traceback: the user's own frames, when their code raised.
    """

    what: str
    file: str | None = None
    key: str | None = None
    value: str | None = None
    allowed: str | None = None
    remedy: str | None = None
    severity: Literal["error", "warning"] = "error"
    traceback: str = ""


class InvalidProject(ProjectError):
    """The project cannot be used; `problems` says everything that is wrong with it, not the first thing only."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        errors = [p for p in problems if p.severity == "error"]
        super().__init__(f"the project has {len(errors)} problem{'s' if len(errors) != 1 else ''}")
        self.problems = problems


@dataclass(frozen=True)
class Queue:
    """The queue of an event Step. visibility_timeout_s, delay_s: seconds. concurrency: None means no limit of ours."""

    fifo: bool = False
    max_retries: int = 3
    visibility_timeout_s: int = 0  # 0: derived from the handler's timeout
    delay_s: int = 0
    concurrency: int | None = None


@dataclass(frozen=True)
class Step:
    """One Step.

    id: its name in resource names (`motia.names.step_id`). file: posix path from the project's root.
    config: the validated configuration as JSON, schemas as JSON Schema, functions left out.
    emits: topics only. memory_mb, timeout_s: of the function. imports nothing, runs nothing.
    """

    name: str
    id: str
    type: StepType
    language: Language
    file: str
    config: dict[str, Any]
    flows: tuple[str, ...] = ()
    emits: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    include_files: tuple[str, ...] = ()
    method: str | None = None
    path: str | None = None
    cron: str | None = None
    timezone: str | None = None
    memory_mb: int = 512
    timeout_s: int = 30
    queue: Queue = field(default_factory=Queue)
    has_middleware: bool = False

    @property
    def visibility_timeout_s(self) -> int:
        """Of its queue, in seconds."""
        return self.queue.visibility_timeout_s or _VISIBILITY_FACTOR * self.timeout_s


@dataclass(frozen=True)
class Stream:
    """One stream. can_access: the file defines a `canAccess` function."""

    name: str
    id: str
    language: Language
    file: str
    schema: dict[str, Any] | None = None
    can_access: bool = False


@dataclass(frozen=True)
class Adapter:
    """An adapter of the project's own. kind: state, streams, events or cron. name: of its class or function.
    usable_on_aws: of an event adapter, whether deployed Steps may emit to it. language: of the file it is in."""

    kind: str
    name: str
    usable_on_aws: bool = True
    language: Language = "python"


@dataclass(frozen=True)
class StreamAuth:
    """That the project's config file says who may connect. context_schema: JSON Schema of what `authenticate` gives."""

    language: Language
    context_schema: dict[str, Any] | None = None


@dataclass(frozen=True)
class Project:
    """Everything known of a folder of Steps. `problems`: what discovery itself found. outside: files that do not lie in
    the folder and that configurations were compiled from, absolute."""

    root: Path
    settings: Settings
    steps: tuple[Step, ...] = ()
    streams: tuple[Stream, ...] = ()
    problems: tuple[Problem, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    stream_auth: StreamAuth | None = None
    outside: tuple[str, ...] = ()

    def subscribers(self, topic: str) -> tuple[Step, ...]:
        """Event Steps that listen to `topic`, in order of discovery."""
        return tuple(step for step in self.steps if step.type == "event" and topic in step.subscribes)
