"""The module that a bundle starts from: it imports the Steps and gives them, with the descriptor, to an entry point."""

from __future__ import annotations

import json
from collections.abc import Iterable

from motia_project.bundling.node.config import config_file
from motia_project.descriptors import describe_access, describe_bundle
from motia_project.model import Project, Step

_HANDLERS = {"api": "apiHandler", "event": "sqsHandler", "cron": "cronHandler"}
_MODULES = {"api": "api", "event": "sqs", "cron": "cron"}


def step_entry(project: Project, steps: Iterable[Step]) -> str:
    """Of Steps of one type."""
    steps = tuple(steps)
    kind = steps[0].type
    with_config = config_file(project.root) if any(one.language == "node" for one in project.adapters) else None
    files = [step.file for step in steps]
    descriptor = describe_bundle(project, steps).to_json()
    return _module(_HANDLERS[kind], _MODULES[kind], files, descriptor, with_config)


def access_entry(project: Project) -> str:
    """Of the function that answers who may listen to streams."""
    files = [stream.file for stream in project.streams if stream.can_access and stream.language == "node"]
    descriptor = describe_access(project).to_json()
    return _module("accessHandler", "access", files, descriptor, config_file(project.root))


def _module(function: str, module: str, files: list[str], descriptor: str, config: str | None) -> str:
    """Files are imported by functions: what one throws while it is imported is then a failure of its Step alone."""
    steps = ", ".join(f"{json.dumps(file)}: {_import(file)}" for file in files)
    arguments = [f"{{ {steps} }}", descriptor, *([_import(config)] if config else [])]
    return (
        f"import {{ {function} }} from '@motia/runtime/lambda/{module}.ts'\n"
        f"export const handler = {function}({', '.join(arguments)})\n"
    )


def _import(file: str) -> str:
    """Relative to the root, where the module stands: the same wherever the project lies."""
    return f"() => import({json.dumps(f'./{file}')})"
