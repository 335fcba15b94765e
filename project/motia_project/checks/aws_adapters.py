"""Adapters that deployed Steps of another language cannot use."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.finder import config_file
from motia_project.model import Adapter, Problem, Project, Step

_NAMES = {"python": "Python", "node": "TypeScript and JavaScript"}
_USED = {
    "state": "their state would be in DynamoDB",
    "streams": "their items would be in DynamoDB",
    "events": "their events would go to SQS",
    "cron": "their lock would be in DynamoDB",
}


def check(project: Project) -> Iterator[Problem]:
    """A function on AWS has one language; an adapter runs in functions of its own language only. What an adapter keeps
    would be kept in two places."""
    for adapter in project.adapters:
        others = [step for step in project.steps if step.language != adapter.language and _uses(step, adapter)]
        if others:
            first, *rest = others
            also = f" and {len(rest)} more" if rest else ""
            language = _NAMES[first.language]
            yield Problem(
                f"deployed {language} Steps cannot use this adapter: {_USED[adapter.kind]}",
                file=config_file(project.root),
                key=f"adapters.{adapter.kind}",
                value=f"{adapter.name}; the Step {first.name}{also}",
                remedy=f"write these Steps in {_NAMES[adapter.language]}, or leave the adapter out",
            )


def _uses(step: Step, adapter: Adapter) -> bool:
    """Any Step may use state and streams; not every one emits or has a schedule."""
    if step.type == "noop":
        return False
    if adapter.kind == "events":
        return bool(step.emits)
    return step.type == "cron" if adapter.kind == "cron" else True
