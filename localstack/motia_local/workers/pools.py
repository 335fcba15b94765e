"""The workers of a project: a pool for each language that it has files of."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from motia.descriptor import BundleDescriptor
from motia_local.workers.invocation import Failure, Invocation, LoadReport, Outcome
from motia_local.workers.launch import launch_of, prepare_node
from motia_local.workers.node_code import NodeCode
from motia_local.workers.pool import WorkerPool
from motia_local.workers.services import NoServices, Services
from motia_project.finder import find
from motia_project.model import Language

P = TypeVar("P", bound=WorkerPool)
Report = Callable[[str], None]


def language_of(file: str) -> Language:
    """The language of a Step, stream or configuration file."""
    return "python" if file.endswith(".py") else "node"


def make_pools(root: Path, size: int | None = None, report: Report | None = None) -> Pools[WorkerPool]:
    """The pools of the project at `root`. size: of each, a number that fits the cores when None. report: see Pools."""
    return Pools(root, lambda language: WorkerPool(launch_of(language, root), cwd=root, size=size), report)


class Pools(Generic[P]):
    """One pool a language, behind the interface of one pool.

    make: a pool for a language; called when the project has the first file of it, if ever. report: told in one line
    when esbuild has to be installed. services: what Steps may call; to be set before the first load.
    """

    def __init__(self, root: Path, make: Callable[[Language], P], report: Report | None = None) -> None:
        self.root = root
        self.started: dict[Language, P] = {}
        self.code = NodeCode(root, report)
        self._make = make
        self._report = report
        self._services: Services = NoServices()
        self._env = dict(os.environ)
        self._homes: dict[str, Language] = {}  # of each Step by its id
        self.modules: Mapping[str, str] = {}  # what is imported for each TypeScript or JavaScript file
        self._fresh: set[Language] = set()  # has been read and is not loaded

    @property
    def services(self) -> Services:
        return self._services

    @services.setter
    def services(self, services: Services) -> None:
        self._services = services
        for pool in self.started.values():
            pool.services = services

    @property
    def env(self) -> dict[str, str]:
        """Of the Steps; it may change, and is what the next generation gets."""
        return self._env

    @env.setter
    def env(self, env: dict[str, str]) -> None:
        self._env = env
        for pool in self.started.values():
            pool.fleet.env = env

    def pool(self, language: Language) -> P:
        """The pool of a language, made when first asked for."""
        if language not in self.started:
            made = self._make(language)
            made.services, made.fleet.env = self._services, self._env
            self.started[language] = made
        return self.started[language]

    @property
    def all(self) -> tuple[P, ...]:
        """Those that have been made."""
        return tuple(self.started.values())

    async def prestart(self) -> None:
        """Start the first workers before it is known what they will load. ProjectError without the Node they need."""
        languages: set[Language] = {file.language for file in find(self.root)[0]} or {"python"}
        await asyncio.gather(*(self._prestart(language) for language in sorted(languages)))

    async def _prestart(self, language: Language) -> None:
        if language == "node":
            await asyncio.to_thread(prepare_node, self.root, self._report)
            await self.code.start()
        await self.pool(language).prestart()

    # reading and loading

    async def read(self, language: Language, files: list[str], *, careful: bool = False) -> list[dict[str, Any]] | None:
        """What the Step, stream and configuration files of a language say; None when reading them ended the worker.

        careful: it is known that it would, and not tried.
        The language is loaded anew by the next `load`. ProjectError when the files cannot be compiled at all.
        """
        self._fresh.add(language)
        if language == "python":
            if careful and files:
                return None
            return await self.pool(language).read(files) if files else []
        if not files:
            self.modules = {}
            return []
        compiled = await self.code.compile(files)
        self.modules = {file: str(module) for file, module in compiled.modules.items()}
        self.pool(language).fleet.foreign_modules = [str(compiled.warm)] if compiled.warm else []
        return None if careful else await self.pool(language).read(files, self.modules)

    def importing(self) -> list[str]:
        """The files that are being imported now, to be read."""
        return [file for pool in self.started.values() if (file := pool.fleet.importing)]

    async def load(self, descriptor: BundleDescriptor, unreadable: Collection[str] = ()) -> LoadReport:
        """Serve `descriptor` from now on, in the languages that have been read since the last time; of the others only
        the routing table has changed. What is running ends where it began.

        unreadable: ids of Steps that are not imported: they go on as they were, if they were.
        """
        homes = {step.id: language_of(step.file) for step in descriptor.steps}
        for language in homes.values():
            if language not in self.started:
                self.pool(language)
                self._fresh.add(language)
        reports = await asyncio.gather(
            *(self._load(language, descriptor, homes, unreadable) for language in sorted(self.started))
        )
        self._homes = homes
        failures = {step: failure for report in reports for step, failure in report.failures.items()}
        return LoadReport(failures, max((report.seconds for report in reports), default=0.0))

    async def _load(
        self,
        language: Language,
        descriptor: BundleDescriptor,
        homes: Mapping[str, Language],
        unreadable: Collection[str],
    ) -> LoadReport:
        pool = self.started[language]
        own = replace(descriptor, steps=tuple(step for step in descriptor.steps if homes[step.id] == language))
        if language not in self._fresh:
            return pool.retable(own)
        report = await pool.load(own, self.modules if language == "node" else None, unreadable)
        self._fresh.discard(language)
        return report

    # running

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run a Step; never raises for what the Step does."""
        home = self._homes.get(invocation.step)
        if home is None:
            return Outcome(failure=Failure("WorkerLost", "the Step is gone", kind="lost"))
        return await self.started[home].invoke(invocation)

    # the end

    def kill(self) -> None:
        """End every worker now."""
        for pool in self.started.values():
            pool.kill()

    async def close(self, grace_s: float = 5.0) -> None:
        """Let what runs end for `grace_s` seconds; then no process is left."""
        await asyncio.gather(*(pool.close(grace_s) for pool in self.started.values()))
        await self.code.close()
