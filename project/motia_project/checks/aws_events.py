"""Event adapters that nothing on AWS listens to."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.finder import config_file
from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """An event adapter says that something brings its events on to the Steps' queues."""
    for adapter in project.adapters:
        if not adapter.usable_on_aws:
            is_python = adapter.language == "python"
            setting = "set usable_on_aws = True in" if is_python else "give usableOnAws = true to"
            yield Problem(
                "deployed Steps would emit to this adapter, and no event would reach a Step",
                file=config_file(project.root),
                key='adapters["events"]' if is_python else "adapters.events",
                value=adapter.name,
                remedy=f"leave it out to use SQS, or {setting} its class when something of yours"
                " brings its events to the Steps' queues",
            )
