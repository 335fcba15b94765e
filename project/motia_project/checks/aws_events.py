"""Event adapters that nothing on AWS listens to."""

from __future__ import annotations

from collections.abc import Iterator

from motia.project_config import FILE_NAME
from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """An event adapter says that something brings its events on to the Steps' queues."""
    for adapter in project.adapters:
        if not adapter.usable_on_aws:
            yield Problem(
                "deployed Steps would emit to this adapter, and no event would reach a Step",
                file=FILE_NAME,
                key='adapters["events"]',
                value=adapter.name,
                remedy="leave it out to use SQS, or set usable_on_aws = True in its class when something of yours"
                " brings its events to the Steps' queues",
            )
