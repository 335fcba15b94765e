"""Query strings and forms, read as `qs` 6 reads them (Express's "extended" parser).

`x=1&x=2` and `x[]=1&x[]=2` are lists, `o[k]=v` is a dict, nesting stops at five levels, list indexes above 20 become
dict keys, parameters after the thousandth are ignored, `+` is a space. Every leaf is a string.
"""

from __future__ import annotations

import re
from typing import Any

from motia.percent import unquote_plus

DEPTH = 5
ARRAY_LIMIT = 20
PARAMETER_LIMIT = 1000

_BRACKETS = re.compile(r"\[[^\[\]]*\]")


class _Sparse(dict[int, Any]):
    """A list under construction, by index."""

    def push(self, value: Any) -> None:
        self[max(self, default=-1) + 1] = value


def parse(text: str) -> dict[str, Any]:
    """The parameters of a raw query string (without `?`) or an urlencoded body."""
    flat: dict[str, Any] = {}
    for part in text.split("&", PARAMETER_LIMIT)[:PARAMETER_LIMIT]:
        if part:
            key, value = _pair(part)
            flat[key] = (
                [*flat[key], value]
                if isinstance(flat.get(key), list)
                else ([flat[key], value] if key in flat else value)
            )
    if not any("[" in key for key in flat):
        return {key: value for key, value in flat.items() if key}
    tree: Any = {}
    for key, value in flat.items():
        if segments := _segments(key):
            tree = _merge(tree, _branch(segments, value))
    finished: dict[str, Any] = _finish(tree)
    return finished


def _pair(part: str) -> tuple[str, str]:
    if "%" in part:  # escaped brackets count as brackets before the pair is cut
        part = part.replace("%5B", "[").replace("%5b", "[").replace("%5D", "]").replace("%5d", "]")
    closing = part.find("]=")
    at = part.find("=") if closing < 0 else closing + 1
    if at < 0:
        return unquote_plus(part), ""
    return unquote_plus(part[:at]), unquote_plus(part[at + 1 :])


def _segments(key: str) -> list[str]:
    """`a[b][]` as ["a", "[b]", "[]"]; what lies deeper than DEPTH is one last segment."""
    found = list(_BRACKETS.finditer(key))
    parent = key[: found[0].start()] if found else key
    segments = [parent] if parent else []
    segments += [match.group() for match in found[:DEPTH]]
    if len(found) > DEPTH:
        segments.append(f"[{key[found[DEPTH].start() :]}]")
    return segments


def _branch(segments: list[str], leaf: Any) -> Any:
    """The value of one key, wrapped in its segments from the inside out."""
    value = _Sparse(enumerate(leaf)) if isinstance(leaf, list) else leaf
    for segment in reversed(segments):
        name = segment[1:-1] if segment.startswith("[") and segment.endswith("]") else segment
        if segment == "[]":
            value = value if isinstance(value, _Sparse) else _Sparse({0: value})
        elif (
            segment != name
            and name.isascii()
            and name.isdigit()
            and str(int(name)) == name
            and int(name) <= ARRAY_LIMIT
        ):
            value = _Sparse({int(name): value})
        else:
            value = {name: value}
    return value


def _merge(target: Any, source: Any) -> Any:
    """`target` with `source` added to it."""
    if source == "" or source is None:
        return target
    if not isinstance(source, dict):
        if isinstance(target, _Sparse):
            target.push(source)
            return target
        if isinstance(target, dict):
            target[source] = True
            return target
        return _Sparse({0: target, 1: source})
    if not isinstance(target, dict):
        shifted = {index + 1: value for index, value in source.items()} if isinstance(source, _Sparse) else {1: source}
        return _Sparse({0: target, **shifted})
    if isinstance(target, _Sparse):
        if isinstance(source, _Sparse):
            return _merge_lists(target, source)
        target = {str(index): value for index, value in sorted(target.items())}
    for key, value in source.items():
        name = str(key)
        target[name] = _merge(target[name], value) if name in target else value
    return target


def _merge_lists(target: _Sparse, source: _Sparse) -> _Sparse:
    for index, value in source.items():
        if index not in target:
            target[index] = value
        elif isinstance(target[index], dict) and isinstance(value, dict):
            target[index] = _merge(target[index], value)
        else:
            target.push(value)
    return target


def _finish(value: Any) -> Any:
    if isinstance(value, _Sparse):
        return [_finish(value[index]) for index in sorted(value)]
    if isinstance(value, dict):
        return {key: _finish(item) for key, item in value.items()}
    return value
