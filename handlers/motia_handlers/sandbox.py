"""One Lambda sandbox: the bundle it was made from, its Steps, its way to AWS. Opened once, at import, during init."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from motia.backend import NoTrace
from motia.descriptor import FILE_NAME, BundleDescriptor, StepDescriptor
from motia.errors import ProjectError, StepLoadError
from motia.ids import new_trace_id
from motia.lines import JsonLines
from motia.loading import LoadedStep, load_step
from motia.logger import Logger
from motia_handlers.services import Services


class Sandbox:
    """Holds what outlives an invocation. root: the unpacked bundle."""

    def __init__(self, root: Path, descriptor: BundleDescriptor, services: Services) -> None:
        self.root = root
        self.descriptor = descriptor
        self.services = services
        self._adapted = not descriptor.adapters
        self._steps: dict[str, LoadedStep] = {}

    def step(self, descriptor: StepDescriptor | None = None) -> LoadedStep:
        """The Step (the only one of the bundle by default), imported at its first use.

        With the first Step come the project's adapters: use `services` after this. A failed import is tried again by
        the next invocation: its cause may have been passing. StepLoadError.
        """
        wanted = descriptor or self.descriptor.steps[0]
        if not self._adapted:
            from motia_handlers.adapted import adapt

            self.services = adapt(self.services, self.root)
            self._adapted = True
        if wanted.id not in self._steps:
            self._steps[wanted.id] = load_step(self.root, wanted)
        return self._steps[wanted.id]


def open_sandbox(root: Path, services: Services | None = None) -> Sandbox:
    """Read the bundle at `root` and import its Step; with several Steps (a router) each waits for its first request.

    A Step that cannot be imported is reported in the log here, and by every invocation.
    """
    try:
        descriptor = BundleDescriptor.from_json((root / FILE_NAME).read_bytes())
    except (OSError, ValueError, KeyError, TypeError) as bad:
        raise ProjectError(
            f"the bundle has no readable {FILE_NAME}: {bad}", where=str(root), remedy="build and deploy it again"
        ) from bad
    if services is None:
        from motia_handlers.aws import AwsServices

        services = AwsServices(descriptor)
    sandbox = Sandbox(root, descriptor, services)
    if len(descriptor.steps) == 1:
        try:
            sandbox.step()
        except StepLoadError as broken:
            report_load_error(descriptor.steps[0], broken, new_trace_id())
    return sandbox


def report_load_error(step: StepDescriptor, broken: StepLoadError, trace_id: str) -> None:
    """One error record with the user's part of the traceback."""
    logger = Logger(step.name, trace_id, list(step.flows), JsonLines(), NoTrace())
    error = {"message": str(broken), "stack": broken.traceback, "name": "StepLoadError"}
    logger.error(broken.what, {"error": error})


_current: Sandbox | None = None


def current() -> Sandbox:
    """This process's sandbox."""
    global _current
    if _current is None:
        _current = open_sandbox(bundle_root())
    return _current


def bundle_root() -> Path:
    """Where the bundle was unpacked: Lambda says so, and the entry points lie in it."""
    return Path(os.environ.get("LAMBDA_TASK_ROOT") or Path(__file__).parent.parent)


def warm_up() -> None:
    """Open the sandbox while Lambda initialises the function, before the first event; elsewhere do nothing."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        current()
        sys.stdout.flush()
