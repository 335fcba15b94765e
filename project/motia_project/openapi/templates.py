"""Route paths as OpenAPI writes them: `/users/:id` becomes `/users/{id}`."""

from __future__ import annotations

from dataclasses import dataclass

from motia.paths import WILDCARD, compile_path

REST = "rest"  # what a final `*` stands for, in the document


@dataclass(frozen=True)
class PathParameter:
    """name: in the document. key: in the handler's `pathParams`."""

    name: str
    key: str


@dataclass(frozen=True)
class Template:
    """One path of the document. shape: equal for paths that OpenAPI holds to be the same, whatever their names."""

    text: str
    shape: str
    parameters: tuple[PathParameter, ...]


def templates(path: str) -> tuple[Template, ...]:
    """The templates of a route: two when its last parameter is optional, the one with all parameters first."""
    pattern = compile_path(path)
    segments: list[str | PathParameter] = [
        static if name is None else PathParameter(name, name)
        for static, name in zip((text or "" for text in pattern.statics), pattern.names, strict=True)
    ]
    if pattern.wildcard:
        taken = {segment.name for segment in segments if isinstance(segment, PathParameter)}
        free = next(name for name in (REST, *(f"{REST}{n}" for n in range(2, 100))) if name not in taken)
        segments.append(PathParameter(free, WILDCARD))
    if pattern.optional:
        return _template([*segments, PathParameter(pattern.optional, pattern.optional)]), _template(segments)
    return (_template(segments),)


def _template(segments: list[str | PathParameter]) -> Template:
    text = "".join(f"/{{{part.name}}}" if isinstance(part, PathParameter) else f"/{part}" for part in segments)
    shape = "".join("/{}" if isinstance(part, PathParameter) else f"/{part}" for part in segments)
    parameters = tuple(part for part in segments if isinstance(part, PathParameter))
    return Template(text or "/", shape or "/", parameters)
