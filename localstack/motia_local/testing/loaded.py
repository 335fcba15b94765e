"""A project read and imported in this process, which is what makes its Steps testable with a debugger and patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motia.descriptor import BundleDescriptor
from motia.loading import LoadedStep, load_step
from motia.project_config import ProjectConfig, check_adapters, load_project_config
from motia_local.server.reading import View
from motia_project.checks import validate
from motia_project.descriptors import describe_bundle
from motia_project.discovery import READERS, discover
from motia_project.model import InvalidProject
from motia_project.reading.child import answer
from motia_project.reading.loading import ProjectImporter
from motia_project.readings import Reading, to_reading
from motia_project.report import render


@dataclass(frozen=True)
class Loaded:
    """A project ready to run. steps: those of Python, by id; the others are known, and do not run here."""

    view: View
    descriptor: BundleDescriptor
    steps: dict[str, LoadedStep]
    config: ProjectConfig


def load_project(root: Path, importer: ProjectImporter, adapters: Mapping[str, Any] | None) -> Loaded:
    """Read a project and import its Python Steps. adapters: instead of those in motia_config.py.

    InvalidProject with everything that is wrong, StepLoadError for a Step without a handler that can be called.
    """

    def read(root: Path, files: Sequence[str], env: Mapping[str, str], timeout_s: float) -> Mapping[str, Reading]:
        return {file: to_reading(root, answer(importer, file)) for file in files}

    project = discover(root, readers={**READERS, "python": read})
    problems = validate(project, place="local")
    if any(problem.severity == "error" for problem in problems):
        wrong = InvalidProject(problems)
        wrong.add_note(render(problem for problem in problems if problem.severity == "error"))
        raise wrong
    view = View(project, problems)
    config = load_project_config(root) or ProjectConfig()
    if adapters is not None:
        config = ProjectConfig(check_adapters(dict(adapters)), config.stream_auth)
    descriptor = describe_bundle(project, view.steps)
    here = {step.id for step in view.steps if step.language == "python"}
    steps = {step.id: load_step(root, step) for step in descriptor.steps if step.id in here}
    return Loaded(view, descriptor, steps, config)
