"""The project as the server sees it: read by workers, and what is wrong with it left out, not fatal.

A file that cannot be read this time keeps the Steps it had the last time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from motia.descriptor import BundleDescriptor, StepDescriptor
from motia.stream_access import auth_descriptor, guard_descriptor
from motia_local.engine import CronJob, QueueSpec
from motia_local.workers.pool import MAX_REPEATS
from motia_local.workers.pools import Pools
from motia_project.checks import validate
from motia_project.descriptors import describe_bundle
from motia_project.discovery import READERS, Reader, discover
from motia_project.finder import find
from motia_project.model import Language, Problem, Project, Step
from motia_project.readings import Reading, to_reading
from motia_project.settings import Settings

# An attempt may wait for a worker, then for a run before it that blocks, then run itself, and all that again as often
# as workers end because of others. Only a server that ended leaves one undone, and that is seen when it starts.
_LONGEST_FACTOR = 3 * (1 + MAX_REPEATS)
_MARGIN_S = 30

Answers = list[dict[str, Any]]  # of `motia_project.reading.child.answer`


@dataclass(frozen=True)
class View:
    """A project to serve. problems: of the files and between them; stale: files served as they were before; waiting:
    files of event Steps of which only that is known: their events wait. answers:
    what its files said, by language; none where they ended their reader. ending: languages of which a file does that
    still. config: the file of adapters and stream auth.
    step_files: all of Steps, those that cannot be read among them.
    """

    project: Project
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()
    waiting: frozenset[str] = frozenset()
    answers: Mapping[Language, Answers] = field(default_factory=dict)
    ending: frozenset[Language] = frozenset()
    config: str | None = None
    step_files: tuple[str, ...] = ()

    @classmethod
    def empty(cls, root: Path) -> View:
        """Nothing to serve."""
        return cls(Project(root, Settings()))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The Steps that run."""
        return tuple(step for step in self.project.steps if step.type != "noop")

    def descriptor(self) -> BundleDescriptor:
        """What the workers load."""
        bundle = describe_bundle(self.project, self.steps)
        return replace(bundle, steps=(*bundle.steps, *self.listening()))

    def unreadable(self) -> frozenset[str]:
        """Ids of the Steps whose files cannot be imported as they are."""
        return frozenset(step.id for step in self.steps if step.file in self.waiting or step.file in self.stale)

    def listening(self) -> Iterator[StepDescriptor]:
        """The project's code that says who may listen to its streams (`motia.stream_access`)."""
        for stream in self.project.streams:
            if stream.can_access:
                yield guard_descriptor(stream.name, stream.file)
        if self.config is not None:
            yield auth_descriptor(self.config)

    def queues(self) -> list[QueueSpec]:
        return [_queue(step) for step in self.steps if step.type == "event"]

    def cron_jobs(self) -> list[CronJob]:
        return [
            CronJob(step.id, step.name, step.cron, step.timezone)
            for step in self.steps
            if step.type == "cron" and step.cron
        ]


async def read_project(
    root: Path,
    pools: Pools[Any],
    last: View | None = None,
    changed: Collection[Language] | None = None,
    remembered: Mapping[str, Step] | None = None,
) -> View:
    """Read the project at `root` in workers, which are then ready to load it.

    changed: languages of which a file has changed since `last`; None for all. remembered: the event Steps of an
    earlier server, by their files, when there is no `last`. May be cancelled.
    """
    files: dict[Language, list[str]] = {"python": [], "node": []}
    config = None
    there = find(root)  # once: between two looks files come and go
    for file in there[0]:
        files[file.language].append(file.path)
        config = file.path if file.kind == "config" else config
    known = last.answers if last else {}
    kept = {
        language: answers
        for language, answers in known.items()
        if changed is not None and language not in changed and [answer["file"] for answer in answers] == files[language]
    }
    wanted = [language for language in files if language not in kept and (files[language] or language in pools.started)]
    ending = last.ending if last else frozenset()  # a worker would end, or wait, once more
    found = await asyncio.gather(
        *(pools.read(language, files[language], careful=language in ending) for language in wanted)
    )
    answers = {**kept, **{language: said for language, said in zip(wanted, found, strict=True) if said is not None}}

    stopped = threading.Event()

    def reader(language: Language) -> Reader:
        def read(root: Path, files: Sequence[str], env: Mapping[str, str], timeout_s: float) -> Mapping[str, Reading]:
            if language not in answers:  # a file ended the worker: the patient reader says which, and why
                return READERS[language](root, files, env, timeout_s, stopped.is_set)
            return {answer["file"]: to_reading(root, answer) for answer in answers[language]}

        return read

    readers = {language: reader(language) for language in READERS}
    try:
        project = await asyncio.to_thread(discover, root, readers=readers, files=there)
    except asyncio.CancelledError:
        stopped.set()
        raise
    step_files = tuple(file.path for file in there[0] if file.kind == "step")
    broken = {problem.file for problem in project.problems if problem.severity == "error"}
    ending = frozenset(language for language in files if language not in answers and broken & {*files[language]})
    view = View(project, answers=answers, ending=ending, config=config, step_files=step_files)
    return _checked(view, last, remembered or {}, [file.path for file in there[0]])


def _checked(view: View, last: View | None, known: Mapping[str, Step], files: Sequence[str]) -> View:
    """The view with what it keeps of the last one, where it was, and the problems of the whole. files: in order."""
    if last is None and known:
        last = View(Project(view.project.root, view.project.settings, tuple(known.values())), waiting=frozenset(known))
    project = view.project
    places = {file: place for place, file in enumerate(files)}
    broken = places.keys() & {problem.file for problem in project.problems if problem.severity == "error"}
    present = {step.file for step in project.steps} | {stream.file for stream in project.streams}
    stale: list[str] = []
    waiting: frozenset[str] = frozenset()
    if last is not None:
        kept = [step for step in last.project.steps if step.file in broken - present]
        streams = [stream for stream in last.project.streams if stream.file in broken - present]
        waiting = last.waiting & {step.file for step in kept}
        stale = [step.file for step in kept if step.file not in waiting] + [stream.file for stream in streams]
        project = replace(
            project,
            steps=tuple(sorted((*project.steps, *kept), key=lambda step: places[step.file])),
            streams=tuple(sorted((*project.streams, *streams), key=lambda stream: places[stream.file])),
        )
        if view.config in broken and (last.project.adapters or last.project.stream_auth):
            stale.append(view.config)
            project = replace(project, adapters=last.project.adapters, stream_auth=last.project.stream_auth)
    checked = validate(project, place="local")
    seen: set[str] = set()
    steps = []
    for step in project.steps:  # of two Steps with one name the first is served; the checks have named the other
        if step.id not in seen:
            seen.add(step.id)
            steps.append(step)
    whole = replace(project, steps=tuple(steps))
    return replace(view, project=whole, problems=checked, stale=tuple(stale), waiting=waiting)


def _queue(step: Step) -> QueueSpec:
    return QueueSpec(
        step.id,
        step.name,
        fifo=step.queue.fifo,
        max_retries=step.queue.max_retries,
        visibility_timeout_s=max(step.visibility_timeout_s, _LONGEST_FACTOR * step.timeout_s + _MARGIN_S),
        delay_s=step.queue.delay_s,
        concurrency=step.queue.concurrency,
    )
