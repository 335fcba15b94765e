"""TypeScript types as data.

    Atom      a keyword, a global name or a literal: string, Buffer, 'a', 5, null
    Ref       a named type of the same module: Category
    ArrayOf   Array<T>
    Tuple     [A, B?, ...C[]]
    Object    { a: T; b?: U }, { a: T; [key: string]: V }, Record<string, V>
    Union     A | B
    All       A & B, where the two cannot be put together here

`union` and `intersect` of `algebra` make the last two.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Atom:
    """kind: the JSON type it is of, "bytes", "undefined", "never", or "any" where that is not known. literal: it is of
    one value."""

    text: str
    kind: str
    literal: bool = False


@dataclass(frozen=True)
class Ref:
    name: str


@dataclass(frozen=True)
class ArrayOf:
    item: Type


@dataclass(frozen=True)
class Tuple:
    """required: how many of the items have to be there. rest: the type of those after them, None for none."""

    items: tuple[Type, ...]
    required: int
    rest: Type | None = None


@dataclass(frozen=True)
class Member:
    """A property. doc: what its schema says of it."""

    name: str
    type: Type
    optional: bool = False
    doc: str = field(default="", compare=False)


@dataclass(frozen=True)
class Object:
    """index: the type of the properties that are not members, None where there are none."""

    members: tuple[Member, ...] = ()
    index: Type | None = None


@dataclass(frozen=True)
class Union:
    options: tuple[Type, ...]


@dataclass(frozen=True)
class All:
    parts: tuple[Type, ...]


Type = Atom | Ref | ArrayOf | Tuple | Object | Union | All

UNKNOWN = Atom("unknown", "any")
NEVER = Atom("never", "never")
UNDEFINED = Atom("undefined", "undefined")
NULL = Atom("null", "null", literal=True)
STRING = Atom("string", "string")
NUMBER = Atom("number", "number")
BOOLEAN = Atom("boolean", "boolean")
BUFFER = Atom("Buffer", "bytes")
ANYTHING = Object(index=UNKNOWN)  # any object


def value(given: object) -> Type:
    """The type of exactly this JSON value."""
    if isinstance(given, dict):
        return Object(tuple(Member(name, value(one)) for name, one in given.items()))
    if isinstance(given, list):
        return Tuple(tuple(value(one) for one in given), len(given))
    if isinstance(given, str):
        return Atom(quoted(given), "string", literal=True)
    if given is None:
        return NULL
    if isinstance(given, float) and not math.isfinite(given):
        return NUMBER  # as 1e999 is read
    return Atom(json.dumps(given), "boolean" if isinstance(given, bool) else "number", literal=True)


def quoted(text: str) -> str:
    """A string literal in single quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{UNPRINTABLE.sub(_escape, escaped)}'"


def inside(type: Type) -> Iterator[Type]:
    """The types that a type is made of, not those inside of them."""
    match type:
        case ArrayOf():
            yield type.item
        case Tuple():
            yield from (*type.items, *([] if type.rest is None else [type.rest]))
        case Object():
            yield from (*(one.type for one in type.members), *([] if type.index is None else [type.index]))
        case Union():
            yield from type.options
        case All():
            yield from type.parts


def names_in(type: Type) -> set[str]:
    """The named types that a type mentions."""
    return {type.name} if isinstance(type, Ref) else {name for part in inside(type) for name in names_in(part)}


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
