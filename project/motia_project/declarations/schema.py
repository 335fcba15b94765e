"""JSON Schema as TypeScript ("JSON Schema: A Media Type for Describing JSON Documents", 2020-12 and the drafts before).

Types say what a schema wants of its data as far as TypeScript can: what it cannot (patterns, ranges, conditions) is
left out. An object has the properties it names and no others, unless the schema speaks of others itself; a tuple
likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from motia_project.declarations.algebra import intersect, union
from motia_project.declarations.expression import (
    ANYTHING,
    BOOLEAN,
    BUFFER,
    NEVER,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    ArrayOf,
    Member,
    Object,
    Tuple,
    Type,
    value,
)

Resolve = Callable[[str, bool], Type]
"""(reference, whether it stands where a type alias must not meet itself) -> the type it means."""

_PLAIN = {"string": STRING, "number": NUMBER, "integer": NUMBER, "boolean": BOOLEAN, "null": NULL}
_IMPLY = {
    "object": ("properties", "additionalProperties", "patternProperties", "required", "propertyNames"),
    "array": ("items", "prefixItems"),
}


def convert(schema: Any, resolve: Resolve, *, surface: bool = True) -> Type:
    """The type of the data that `schema` describes.

    surface: not inside an object or a list, where the name of a type must not lead back to itself.
    """
    if schema is False:
        return NEVER
    if not isinstance(schema, dict):
        return UNKNOWN
    found = _own(schema, resolve)
    if isinstance(reference := schema.get("$ref"), str):
        found = intersect(resolve(reference, surface), found)
    for part in schema.get("allOf") or ():
        found = intersect(found, convert(part, resolve, surface=surface))
    for keyword in ("anyOf", "oneOf"):
        if options := schema.get(keyword):
            found = intersect(found, union(convert(option, resolve, surface=surface) for option in options))
    if found == UNKNOWN and schema.get("not") in ({}, True):
        found = UNDEFINED  # how schema libraries write that there is nothing
    return union([found, NULL]) if schema.get("nullable") is True else found


def _own(schema: dict[str, Any], resolve: Resolve) -> Type:
    """What the schema says without other schemas."""
    names = _types(schema)
    found = UNKNOWN if names is None else union(_typed(name, schema, resolve) for name in names)
    if "const" in schema:
        return intersect(found, value(schema["const"]))
    if isinstance(schema.get("enum"), list):
        return intersect(found, union(value(one) for one in schema["enum"]))
    return found


def _types(schema: dict[str, Any]) -> list[str] | None:
    """The JSON types a schema allows, None for all."""
    given = schema.get("type")
    if isinstance(given, str):
        return [given]
    if isinstance(given, list):
        return [one for one in given if isinstance(one, str)]
    implied = [name for name, keywords in _IMPLY.items() if any(keyword in schema for keyword in keywords)]
    return implied if len(implied) == 1 else None


def _typed(name: str, schema: dict[str, Any], resolve: Resolve) -> Type:
    if name == "object":
        return _object(schema, resolve)
    if name == "array":
        return _array(schema, resolve)
    if name == "string" and schema.get("format") == "binary":
        return BUFFER
    return _PLAIN.get(name, UNKNOWN)


def _array(schema: dict[str, Any], resolve: Resolve) -> Type:
    first, items = schema.get("prefixItems"), schema.get("items")
    rest = None if items is None or items is False else convert(items, resolve, surface=False)
    if isinstance(first, list) and first:
        least = schema.get("minItems")
        required = min(least, len(first)) if isinstance(least, int) else len(first)
        return Tuple(tuple(convert(one, resolve, surface=False) for one in first), required, rest)
    if items is False:
        return Tuple((), 0)
    return ArrayOf(UNKNOWN if rest is None else rest)


def _object(schema: dict[str, Any], resolve: Resolve) -> Type:
    properties = schema.get("properties")
    required = [name for name in schema.get("required") or () if isinstance(name, str)]
    index = _index(schema, resolve)
    if properties is None and not required and "additionalProperties" not in schema and index is None:
        return ANYTHING
    found = [
        Member(name, convert(part, resolve, surface=False), name not in required, _description(part))
        for name, part in (properties or {}).items()
    ]
    unnamed = [name for name in required if name not in (properties or {})]
    if names := _names(schema):
        known = {member.name for member in found}
        value_type = index or UNKNOWN
        return Object((*found, *(Member(n, value_type, n not in required) for n in names if n not in known)))
    found += [Member(name, index or UNKNOWN) for name in unnamed]
    return Object(tuple(found), index)


def _index(schema: dict[str, Any], resolve: Resolve) -> Type | None:
    """The type of properties that are not named."""
    others = schema.get("additionalProperties")
    patterns = schema.get("patternProperties") or {}
    parts = [*patterns.values(), *([] if others is None or others is False else [others])]
    return union(convert(part, resolve, surface=False) for part in parts) if parts else None


def _names(schema: dict[str, Any]) -> list[str]:
    """The only names properties can have, where `propertyNames` lists them."""
    rule = schema.get("propertyNames")
    if not isinstance(rule, dict):
        return []
    listed = [rule["const"]] if "const" in rule else rule.get("enum")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _description(schema: Any) -> str:
    said = schema.get("description") if isinstance(schema, dict) else None
    return said if isinstance(said, str) else ""
