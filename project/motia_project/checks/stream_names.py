"""Names of streams: each its own."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.model import Problem, Project, Stream


def check(project: Project) -> Iterator[Problem]:
    """No two streams share a name."""
    by_name: dict[str, Stream] = {}
    for stream in project.streams:
        first = by_name.setdefault(stream.name, stream)
        if first is not stream:
            yield Problem(
                "the name is taken by another stream",
                file=stream.file,
                key="name",
                value=f'"{stream.name}"',
                remedy=f"rename this one or the one in {first.file}",
            )
