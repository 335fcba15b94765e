"""A project written file by file, with the Steps that discovery would have found in it."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import node_packages
from motia.names import step_id
from motia_project.bundling import BuildResult, Target, build
from motia_project.model import InvalidProject, Problem, Project, Queue, Step, Stream
from motia_project.settings import Settings

STEP = "config = {}\n\n\nasync def handler(*args):\n    return None\n"


@dataclass
class App:
    """root: of the project. steps and settings: what discovery would have read."""

    root: Path
    steps: list[Step] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, path: str, content: str | bytes = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        saved = time.time_ns() - 1_000_000_000  # what is saved while a build begins is read again by the next one
        os.utime(file, ns=(saved, saved))
        return file

    def step(self, name: str, imports: str = "", *, type: str = "api", folder: str = "steps", **more: Any) -> Step:
        """Add a Step in `<folder>/<name>_step.py` that begins with `imports`."""
        self.write(f"{folder}/{name}_step.py", f"{imports}\n{STEP}")
        config = {"type": type, "name": name, "emits": list(more.get("emits", ()))}
        if type == "api":
            more = {"method": "GET", "path": f"/{name}", **more}
        step = Step(name, step_id(name), type, "python", f"{folder}/{name}_step.py", config, **more)  # type: ignore[arg-type]
        self.steps.append(step)
        return step

    def event(self, name: str, imports: str = "", *, subscribes: tuple[str, ...], fifo: bool = False) -> Step:
        return self.step(name, imports, type="event", subscribes=subscribes, queue=Queue(fifo=fifo))

    def node(self, file: str, source: str, *, type: str = "api", **more: Any) -> Step:
        """Add a TypeScript or JavaScript Step, named by its file."""
        self.write(file, source)
        name = file.rpartition("/")[2].partition(".")[0]
        config = {"type": type, "name": name, "emits": list(more.get("emits", ()))}
        if type == "api":
            more = {"method": "GET", "path": f"/{name}", **more}
        step = Step(name, step_id(name), type, "node", file, config, **more)  # type: ignore[arg-type]
        self.steps.append(step)
        return step

    def npm(self, name: str, manifest: dict[str, Any] | None = None, **files: str) -> None:
        """Put a package into node_modules; without `files`, a copy of the one that the tests have installed."""
        folder = self.root / "node_modules" / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        if manifest is None:
            shutil.copytree(node_packages.install() / "node_modules" / name, folder)
            return
        self.write(f"node_modules/{name}/package.json", json.dumps({"name": name, "version": "1.0.0", **manifest}))
        for file, content in files.items():
            self.write(f"node_modules/{name}/{file.replace('__', '.')}", content)

    def project(self) -> Project:
        return Project(self.root, Settings(**self.settings), tuple(self.steps), tuple(self.streams))

    def build(self, target: Target | None = None, **more: Any) -> BuildResult:
        return build(self.project(), target or Target.local(), **more)

    def zip(self, path: str) -> zipfile.ZipFile:
        """A bundle in dist, by its path there."""
        return zipfile.ZipFile(self.root / "dist" / path)

    def files(self, name: str) -> set[str]:
        """What the bundle of a Step in steps/ has besides the runtime and bytecode."""
        with self.zip(f"python/steps/{name}_step.zip") as archive:
            names = archive.namelist()
        ours = ("motia/", "motia_handlers/", "motia.json")
        return {name for name in names if not name.startswith(ours) and not name.endswith(".pyc")}

    def descriptor(self, name: str) -> dict[str, Any]:
        with self.zip(f"python/steps/{name}_step.zip") as archive:
            return json.loads(archive.read("motia.json"))

    def problems(self, target: Target | None = None) -> tuple[Problem, ...]:
        """The problems that stop a build."""
        with pytest.raises(InvalidProject) as caught:
            self.build(target)
        return tuple(problem for problem in caught.value.problems if problem.severity == "error")


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path / "app")


@pytest.fixture
def other_app(tmp_path: Path) -> App:
    return App(tmp_path / "elsewhere" / "deeper" / "app")
