"""Topics: who emits them, and who listens."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """Topics that nobody listens to, or nobody emits: both are allowed, and mostly a slip."""
    if any(problem.severity == "error" for problem in project.problems):
        return  # the other end may be in a Step that is broken
    emitted = list(dict.fromkeys(topic for step in project.steps for topic in step.emits))
    heard = list(dict.fromkeys(topic for step in project.steps for topic in step.subscribes))
    for step in project.steps:
        for topic in step.emits:
            if topic not in heard:
                what = "no Step subscribes to this topic; events of it go nowhere"
                yield _warning(what, step.file, _key(step.config, "emits", topic), topic, heard)
    for step in project.steps:
        if step.type == "event" and not step.subscribes:
            what = "the Step listens to no topic and never runs"
            yield Problem(what, file=step.file, key="subscribes", remedy="name its topics", severity="warning")
        for topic in step.subscribes:
            if topic not in emitted:
                what = "no Step emits this topic"
                yield _warning(what, step.file, _key(step.config, "subscribes", topic), topic, emitted)


def _warning(what: str, file: str, key: str, topic: str, others: list[str]) -> Problem:
    near = get_close_matches(topic, others, n=1, cutoff=0.75)
    remedy = f"did you mean '{near[0]}'?" if near else None
    return Problem(what, file=file, key=key, value=f'"{topic}"', remedy=remedy, severity="warning")


def _key(config: dict[str, object], key: str, topic: str) -> str:
    entries = config.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if topic == entry or (isinstance(entry, dict) and entry.get("topic") == topic):
            return f"{key}[{index}]"
    return key
