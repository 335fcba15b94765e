"""Emits to FIFO queues: each needs a messageGroupId."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from motia_project.model import Problem, Project


def check(project: Project) -> Iterator[Problem]:
    """Calls in the Step's own file that emit a topic with a FIFO subscriber and give no messageGroupId.

    Only what can be seen without running is judged: `emit({"topic": "a literal", ...})`. The rest is refused when it
    runs, naming topic and Step.
    """
    fifo = {topic: step for step in project.steps if step.queue.fifo for topic in step.subscribes}
    for step in project.steps:
        if step.language != "python" or fifo.keys().isdisjoint(step.emits):
            continue
        for line, topic in _ungrouped(project, step.file):
            if topic in fifo:
                yield Problem(
                    f"line {line} emits without messageGroupId to {fifo[topic].name!r}, which has a FIFO queue",
                    file=step.file,
                    key="emit",
                    value=f'"{topic}"',
                    remedy='add "messageGroupId": events of one group are processed in order',
                    severity="warning",
                )


def _ungrouped(project: Project, file: str) -> Iterator[tuple[int, str]]:
    """(line, topic) of the emits that give a literal dictionary without messageGroupId."""
    tree = ast.parse((project.root / file).read_bytes())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) != 1 or not isinstance(node.args[0], ast.Dict):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        keys = {
            key.value if isinstance(key, ast.Constant) else None: value
            for key, value in zip(node.args[0].keys, node.args[0].values, strict=True)
        }
        topic = keys.get("topic")
        if name == "emit" and None not in keys and "messageGroupId" not in keys and isinstance(topic, ast.Constant):
            yield node.lineno, str(topic.value)
