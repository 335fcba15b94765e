"""From the project to what running Steps needs to know: their descriptions and the routing table of what they emit."""

from __future__ import annotations

from collections.abc import Iterable

from motia.adapters.bridge import OUTSIDE
from motia.backend import Subscriber
from motia.descriptor import BundleDescriptor, RemoteRules, StepDescriptor
from motia_project.model import Language, Project, Step


def describe_bundle(project: Project, steps: Iterable[Step]) -> BundleDescriptor:
    """What an entry point, or a local worker, needs to know of the Steps it runs."""
    steps = tuple(steps)
    languages = {step.language for step in steps}
    topics = sorted({topic for step in steps for topic in step.emits})
    return BundleDescriptor(
        steps=tuple(
            StepDescriptor(
                *(step.id, step.name, step.type, step.file, step.flows, step.emits),
                method=step.method,
                path=step.path,
                subscribes=step.subscribes,
            )
            for step in steps
        ),
        topics={topic: receivers(project, topic) for topic in topics},
        streams=tuple(sorted(stream.name for stream in project.streams)),
        adapters=tuple(adapter.kind for adapter in project.adapters if adapter.language in languages),
    )


def describe_streams(project: Project) -> BundleDescriptor:
    """What the entry point of the WebSocket API needs to know."""
    return BundleDescriptor(
        steps=(),
        topics={},
        streams=tuple(sorted(stream.name for stream in project.streams)),
        guards={
            stream.name: stream.file for stream in project.streams if stream.can_access and stream.language == "python"
        },
        adapters=_stream_adapters(project, "python"),
        remote=remote_rules(project),
    )


def describe_access(project: Project) -> BundleDescriptor:
    """What the function needs to know that answers for the rules of `remote_rules`."""
    return BundleDescriptor(
        steps=(),
        topics={},
        streams=tuple(sorted(stream.name for stream in project.streams)),
        guards={
            stream.name: stream.file for stream in project.streams if stream.can_access and stream.language == "node"
        },
        adapters=_stream_adapters(project, "node"),
    )


def remote_rules(project: Project) -> RemoteRules | None:
    """What of streams is TypeScript or JavaScript: a function of its own answers for it on AWS."""
    guards = sorted(stream.name for stream in project.streams if stream.can_access and stream.language == "node")
    auth = project.stream_auth is not None and project.stream_auth.language == "node"
    items = bool(_stream_adapters(project, "node"))
    return RemoteRules(tuple(guards), auth, items) if guards or auth or items else None


def _stream_adapters(project: Project, language: Language) -> tuple[str, ...]:
    kinds = (adapter.kind for adapter in project.adapters if adapter.language == language)
    return tuple(kind for kind in kinds if kind == "streams")


def receivers(project: Project, topic: str) -> tuple[Subscriber, ...]:
    """Who is sent the events of a topic: its subscribers, and the project's event adapter if it has one."""
    has_adapter = any(adapter.kind == "events" for adapter in project.adapters)
    return (*subscribers(project, topic), *((OUTSIDE,) if has_adapter else ()))


def subscribers(project: Project, topic: str) -> tuple[Subscriber, ...]:
    """Who gets the events of a topic."""
    return tuple(Subscriber(step.name, step.id, step.queue.fifo) for step in project.subscribers(topic))
