"""Schemas of Steps inside one document: their definitions move to `components/schemas`, references follow.

A schema stands alone in its Step, with definitions of its own under `$defs` (or `definitions`) and references that
begin at its own root. In a document all definitions share one place. Equal definitions of equal name become one
component, however many Steps have them; a name taken by another definition gets the Step's name before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

PLACE = "#/components/schemas/"

_ROOT = "#"
_DEFINITIONS = ("$defs", "definitions")
_ONE = frozenset(
    [
        "additionalProperties",
        "unevaluatedProperties",
        "items",
        "unevaluatedItems",
        "additionalItems",
        "contains",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
        "contentSchema",
    ]
)
_NAMED = frozenset(("properties", "patternProperties", "dependentSchemas", *_DEFINITIONS))
_LISTED = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "items"))
_LEFT_OUT = frozenset(
    ["$schema", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$vocabulary"]
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass
class Components:
    """The schemas of one document, by component name."""

    schemas: dict[str, Any] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)  # what a definition is -> its component's name

    def take(self, schema: Any, owner: str) -> Any:
        """The schema as it stands in the document. owner: a name for what has none, or has a name that is taken."""
        if not isinstance(schema, dict):
            return schema
        source = _Source(schema)
        wanted = source.reachable(_ROOT)
        names = {node: self._name(source, node, owner) for node in sorted(wanted)}
        new = [node for node in names if names[node] not in self.schemas]
        for node in new:
            self.schemas[names[node]] = {}  # its place, so that the order is that of the names
        for node in new:
            self.schemas[names[node]] = _converted(source.nodes[node], source, names)
        if _ROOT in names:
            return {"$ref": PLACE + names[_ROOT]}
        return _converted(source.nodes[_ROOT], source, names)

    def _name(self, source: _Source, node: str, owner: str) -> str:
        plain = source.title(node) or owner
        identity = json.dumps([plain, node, {name: source.nodes[name] for name in source.reachable(node) | {node}}],
                              sort_keys=True, default=str)  # fmt: skip
        if identity not in self._names:
            taken = set(self._names.values())
            candidates = [plain, f"{owner}_{plain}", *(f"{owner}_{plain}_{n}" for n in range(2, len(taken) + 3))]
            self._names[identity] = next(name for name in candidates if name not in taken)
        return self._names[identity]


class _Source:
    """One schema as sent: its root and its definitions, by the reference that means them."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self.nodes: dict[str, Any] = {}
        self._labels: dict[str, str] = {}
        for keyword in _DEFINITIONS:
            definitions = schema.get(keyword)
            for name, definition in definitions.items() if isinstance(definitions, dict) else ():
                self.nodes[f"#/{keyword}/{name}"] = definition
                self._labels[f"#/{keyword}/{name}"] = name
        self.nodes[_ROOT] = {key: value for key, value in schema.items() if key not in _DEFINITIONS}

    def title(self, node: str) -> str:
        """A component's name for a node, empty when it has none of its own."""
        label = self._labels.get(node) or self._schema.get("title")
        return _UNSAFE.sub("_", label).strip("_") if isinstance(label, str) else ""

    def target(self, reference: str) -> tuple[str, str] | None:
        """The node a local reference means, and the pointer inside it; None when it leads nowhere."""
        parts = [unquote(part).replace("~1", "/").replace("~0", "~") for part in reference[1:].split("/")]
        if parts.pop(0) or not _exists(self._schema, parts):
            return None
        if len(parts) >= 2 and parts[0] in _DEFINITIONS:
            node, rest = f"#/{parts[0]}/{parts[1]}", parts[2:]
        else:
            node, rest = _ROOT, parts
        return node, "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in rest)

    def reachable(self, start: str) -> frozenset[str]:
        """The nodes that references lead to, from `start` on; `start` itself when something leads back to it."""
        found: set[str] = set()
        ahead = [start]
        while ahead:
            for reference in _references(self.nodes[ahead.pop()]):
                target = self.target(reference)
                if target is not None and target[0] not in found:
                    found.add(target[0])
                    ahead.append(target[0])
        return frozenset(found)


def _exists(value: Any, parts: list[str]) -> bool:
    for part in parts:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False
    return True


def _references(schema: Any) -> Iterator[str]:
    """Local references in a schema, not in the data it holds (`const`, `enum`, `default`, `examples`)."""
    if not isinstance(schema, dict):
        return
    if _is_local(schema.get("$ref")):
        yield schema["$ref"]
    for value in _mapping(schema).values():
        if _is_local(value):
            yield value
    for keyword, value in schema.items():
        for part in _parts(keyword, value):
            yield from _references(part)


def _parts(keyword: str, value: Any) -> Iterator[Any]:
    if keyword in _NAMED and isinstance(value, dict):
        yield from value.values()
    elif keyword in _LISTED and isinstance(value, list):
        yield from value
    elif keyword in _ONE:
        yield value


def _is_local(reference: Any) -> bool:
    return isinstance(reference, str) and reference.startswith("#")


def _mapping(schema: dict[str, Any]) -> dict[str, Any]:
    discriminator = schema.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    return mapping if isinstance(mapping, dict) else {}


def _converted(schema: Any, source: _Source, names: dict[str, str]) -> Any:
    """A copy in the dialect of OpenAPI 3.1 with references to components; references that lead nowhere are left out."""
    if not isinstance(schema, dict):
        return schema

    def moved(reference: str) -> str | None:
        target = source.target(reference)
        return None if target is None else PLACE + names[target[0]] + target[1]

    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "$ref":
            place = moved(value) if _is_local(value) else value
            if place is not None:
                kept["$ref"] = place
        elif keyword == "discriminator" and isinstance(value, dict) and _mapping(schema):
            places = {key: moved(target) if _is_local(target) else target for key, target in _mapping(schema).items()}
            kept[keyword] = {**value, "mapping": {key: place for key, place in places.items() if place is not None}}
        elif keyword == "items" and isinstance(value, list):  # as drafts before 2020-12 write tuples
            kept["prefixItems"] = [_converted(part, source, names) for part in value]
            if "additionalItems" in schema:
                kept["items"] = _converted(schema["additionalItems"], source, names)
        elif keyword in _LEFT_OUT or keyword == "additionalItems":
            continue
        elif keyword in _NAMED and isinstance(value, dict):
            kept[keyword] = {key: _converted(part, source, names) for key, part in value.items()}
        elif keyword in _LISTED and isinstance(value, list):
            kept[keyword] = [_converted(part, source, names) for part in value]
        elif keyword in _ONE:
            kept[keyword] = _converted(value, source, names)
        else:
            kept[keyword] = value
    return kept
