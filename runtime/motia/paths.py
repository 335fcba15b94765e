"""Route paths in the style of Express: `/users`, `/users/:id`, `/users/:id?` (last), `/files/*` (last).

Paths are compared segment by segment after decoding, with regard to case; a slash at the end is tolerated. Of several
routes that match, the more specific wins: at the first segment in which they differ, static text before a parameter
before the rest. What a `*` stands for is the path parameter "0".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from motia.errors import ProjectError
from motia.percent import unquote

WILDCARD = "0"

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SPECIAL = re.compile(r"[:*?+()\[\]{}]")

_SEGMENTS = "static segments, `:name` as a whole segment, `:name?` or `*` as the last segment"
_WHOLE = "write it with whole segments and check finer rules in the handler"
_NAMES = "a letter or _, then letters, digits and _"
_RENAME = "give it such a name, and check finer rules in the handler"
_ONCE = "each name once"
_OTHER_NAME = "give one of them another name"


@dataclass(frozen=True)
class Pattern:
    """A compiled path. statics: by position, the text of a static segment or None. names: likewise, of parameters."""

    text: str
    statics: tuple[str | None, ...]
    names: tuple[str | None, ...]
    optional: str | None = None
    wildcard: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        """The decoded parameters if `path` (percent-encoded, without query) fits, else None."""
        segments = path.split("/")[1:]
        fixed = len(self.statics)
        if self.wildcard:
            if len(segments) <= fixed:
                return None
        else:
            if segments and segments[-1] == "":
                segments.pop()
            if len(segments) != fixed and not (self.optional and len(segments) == fixed + 1):
                return None
        params: dict[str, str] = {}
        for segment, static, name in zip(segments, self.statics, self.names, strict=False):
            value = unquote(segment)
            if name is None:
                if value != static:
                    return None
            elif value:
                params[name] = value
            else:
                return None
        if self.wildcard:
            params[WILDCARD] = unquote("/".join(segments[fixed:]))
        elif self.optional and len(segments) > fixed:
            if not segments[fixed]:
                return None
            params[self.optional] = unquote(segments[fixed])
        return params

    @property
    def literal(self) -> str | None:
        """The one path that fits, when nothing in it varies or is escaped; a slash at the end is another spelling."""
        if self.wildcard or self.optional or None in self.statics:
            return None
        path = "/" + "/".join(static or "" for static in self.statics)
        return None if "%" in path else path

    @property
    def rank(self) -> tuple[int, ...]:
        """Sorts the more specific of two patterns that match the same path first."""
        kinds = [0 if name is None else 1 for name in self.names]
        if self.optional:
            kinds.append(1)
        return (*kinds, 2) if self.wildcard else tuple(kinds)


def compile_path(text: str) -> Pattern:
    """Read a route path; ProjectError for syntax that cannot be routed the same way everywhere."""
    if not text.startswith("/") and text != "*":
        raise _unsupported(text, "it does not start with a slash")
    segments = text.removeprefix("/").removesuffix("/").split("/") if text != "/" else []
    statics: list[str | None] = []
    names: list[str | None] = []
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "*" and last:
            return Pattern(text, tuple(statics), tuple(names), wildcard=True)
        if segment.startswith(":"):
            name = segment[1:].removesuffix("?")
            if not _NAME.match(name):
                raise _unsupported(text, f"{segment!r} is not a parameter's name", _NAMES, _RENAME)
            if name in names:
                raise _unsupported(text, f"the parameter {segment!r} stands twice in it", _ONCE, _OTHER_NAME)
            if segment.endswith("?"):
                if not last:
                    raise _unsupported(text, f"the optional parameter {segment!r} is not the last segment")
                return Pattern(text, tuple(statics), tuple(names), optional=name)
            statics.append(None)
            names.append(name)
        elif not segment or _SPECIAL.search(segment):
            raise _unsupported(text, f"the segment {segment!r} is not plain text")
        else:
            statics.append(unquote(segment))
            names.append(None)
    return Pattern(text, tuple(statics), tuple(names))


def _unsupported(text: str, why: str, allowed: str = _SEGMENTS, remedy: str = _WHOLE) -> ProjectError:
    return ProjectError(f"the path {text!r} cannot be a route: {why}", allowed=allowed, remedy=remedy)


class Router(Generic[T]):
    """Finds the target of a method and a path among many; the first of two equal routes wins. GET answers HEAD too."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        """routes: (method, path, target)."""
        entries = [(compile_path(path), method.upper(), target) for method, path, target in routes]
        self._entries = sorted(entries, key=lambda entry: entry[0].rank)
        self._static: dict[tuple[str, str], T] = {}  # a short cut past the list for paths without parameters
        for pattern, method, target in self._entries:
            if pattern.literal is not None:
                self._static.setdefault((method, pattern.literal), target)

    def match(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The target and the path parameters, or None."""
        found = self._find(method, path)
        return self._find("GET", path) if found is None and method == "HEAD" else found

    def _find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        if (static := self._static.get((method, path))) is not None:
            return static, {}
        for pattern, accepted, target in self._entries:
            if accepted == method and (params := pattern.match(path)) is not None:
                return target, params
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that some route answers at `path`, sorted."""
        found = {method for pattern, method, _ in self._entries if pattern.match(path) is not None}
        return sorted(found | ({"HEAD"} if "GET" in found else set()))
