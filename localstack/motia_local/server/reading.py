"""The project as the server sees it: read by a worker, and what is wrong with it left out, not fatal.

A file that cannot be read this time keeps the Steps it had the last time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from motia.descriptor import BundleDescriptor, StepDescriptor
from motia.project_config import FILE_NAME as CONFIG_FILE
from motia.stream_access import auth_descriptor, guard_descriptor
from motia_local.engine import CronJob, QueueSpec
from motia_local.workers.pool import WorkerPool
from motia_project.checks import validate
from motia_project.descriptors import describe_bundle
from motia_project.discovery import READERS, discover, read_python
from motia_project.finder import find
from motia_project.model import Language, Problem, Project, Step
from motia_project.reader import Reading, to_reading
from motia_project.settings import Settings

_VISIBILITY_FACTOR = 6  # of the handler's timeout, as on AWS when the Step does not say
_MARGIN_S = 5  # what a worker needs to be stopped after its timeout, before the message is visible again


@dataclass(frozen=True)
class View:
    """A project to serve. problems: of the files and between them; stale: files served as they were before."""

    project: Project
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()

    @classmethod
    def empty(cls, root: Path) -> View:
        """Nothing to serve."""
        return cls(Project(root, Settings()))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The Steps that run."""
        return tuple(step for step in self.project.steps if step.type != "noop" and step.language == "python")

    def descriptor(self) -> BundleDescriptor:
        """What the workers load."""
        bundle = describe_bundle(self.project, self.steps)
        return replace(bundle, steps=(*bundle.steps, *listening(self.project)))

    def queues(self) -> list[QueueSpec]:
        return [_queue(step) for step in self.steps if step.type == "event"]

    def cron_jobs(self) -> list[CronJob]:
        return [
            CronJob(step.id, step.name, step.cron, step.timezone)
            for step in self.steps
            if step.type == "cron" and step.cron
        ]


async def read_project(root: Path, pool: WorkerPool, last: View | None = None) -> View:
    """Read the project at `root` in a worker of the pool, which is then ready to load it."""
    files = [file.path for file in find(root)[0] if file.language == "python"]
    answers = await pool.read(files) if files else []

    def by_worker(root: Path, files: Sequence[str], env: Mapping[str, str], timeout_s: float) -> Mapping[str, Reading]:
        if answers is None:  # a file ended the worker: the patient reader says which, and why
            return read_python(root, files, env, timeout_s)
        return {answer["file"]: to_reading(root, answer) for answer in answers}

    readers: dict[Language, Any] = {**READERS, "python": by_worker}
    project = await asyncio.to_thread(discover, root, readers=readers)
    return _view(project, last, frozenset(files))


def _view(project: Project, last: View | None, files: frozenset[str]) -> View:
    broken = {problem.file for problem in project.problems if problem.severity == "error"}
    present = {step.file for step in project.steps} | {stream.file for stream in project.streams}
    stale: list[str] = []
    if last is not None:
        kept = [step for step in last.project.steps if step.file in broken & files and step.file not in present]
        streams = [item for item in last.project.streams if item.file in broken & files and item.file not in present]
        stale = [step.file for step in kept] + [stream.file for stream in streams]
        project = replace(project, steps=(*project.steps, *kept), streams=(*project.streams, *streams))
        if CONFIG_FILE in broken & files and last.project.adapters:
            stale.append(CONFIG_FILE)
            project = replace(project, adapters=last.project.adapters)
    checked = validate(project, place="local")
    seen: set[str] = set()
    steps = []
    for step in project.steps:  # of two Steps with one name the first is served; the checks have named the other
        if step.id not in seen:
            seen.add(step.id)
            steps.append(step)
    return View(replace(project, steps=tuple(steps)), checked, tuple(stale))


def listening(project: Project) -> Iterator[StepDescriptor]:
    """The project's code that says who may listen to its streams (`motia.stream_access`)."""
    for stream in project.streams:
        if stream.can_access and stream.language == "python":
            yield guard_descriptor(stream.name, stream.file)
    auth = auth_descriptor()
    if (project.root / auth.file).is_file():
        yield auth


def _queue(step: Step) -> QueueSpec:
    visibility = step.queue.visibility_timeout_s or _VISIBILITY_FACTOR * step.timeout_s
    return QueueSpec(
        step.id,
        step.name,
        fifo=step.queue.fifo,
        max_retries=step.queue.max_retries,
        visibility_timeout_s=max(visibility, step.timeout_s + _MARGIN_S),
        delay_s=step.queue.delay_s,
        concurrency=step.queue.concurrency,
    )
