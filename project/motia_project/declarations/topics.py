"""Topics: what the data of an event must be so that every Step that listens to it gets what its `input` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from motia_project.declarations.algebra import intersect
from motia_project.declarations.expression import NEVER, UNKNOWN, Atom, Type, quoted
from motia_project.declarations.printing import text
from motia_project.model import Problem, Project, Step


@dataclass(frozen=True)
class Topic:
    """One topic with subscribers. data: of its events; NEVER when no data fits all of them."""

    name: str
    data: Type
    fifo: bool

    def emitted(self) -> Atom:
        """What `emit` is called with."""
        group = "; messageGroupId: string" if self.fifo else ""
        return Atom(f"{{ topic: {quoted(self.name)}; data: {text(self.data)}{group} }}", "object")


def topics_of(project: Project, inputs: Mapping[str, Type]) -> tuple[dict[str, Topic], list[Problem]]:
    """Every topic that may be emitted, and what is wrong with them. inputs: by the name of the event Step; a Step
    without `input` takes anything, and so does an event adapter."""
    found: dict[str, Topic] = {}
    problems: list[Problem] = []
    if any(adapter.kind == "events" for adapter in project.adapters):
        found = {name: Topic(name, UNKNOWN, False) for step in project.steps for name in step.emits}
    for name in dict.fromkeys(topic for step in project.steps for topic in step.subscribes):
        steps = project.subscribers(name)
        data: Type = UNKNOWN
        for step in steps:
            data = intersect(data, inputs.get(step.name, UNKNOWN))
        if data == NEVER and len(steps) > 1:
            problems.append(_incompatible(name, steps))
        found[name] = Topic(name, data, any(step.queue.fifo for step in steps))
    return found, problems


def _incompatible(topic: str, steps: tuple[Step, ...]) -> Problem:
    return Problem(
        f"no data fits the `input` of all Steps that subscribe to {topic!r}",
        file=steps[0].file,
        key="input",
        value=", ".join(f"{step.name} ({step.file})" for step in steps),
        remedy="make the schemas agree, or give one of the Steps a topic of its own",
        severity="warning",
    )
