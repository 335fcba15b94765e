"""TypeScript types as data, their algebra and their text.

    Atom      a keyword, a global name or a literal: string, Buffer, 'a', 5, null
    Ref       a named type of the same module: Category
    ArrayOf   Array<T>
    Tuple     [A, B?, ...C[]]
    Object    { a: T; b?: U }, { a: T; [key: string]: V }, Record<string, V>
    Union     A | B
    All       A & B, where the two cannot be put together here

`union` and `intersect` make the last two; they keep what is written as short as what it means.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_MANY = 64  # pairs of alternatives; beyond it TypeScript does the work


@dataclass(frozen=True)
class Atom:
    """kind: the JSON type it is of, "undefined", "never", or "any" where that is not known. literal: one value."""

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
BUFFER = Atom("Buffer", "string")
ANYTHING = Object(index=UNKNOWN)  # any object


def quoted(text: str) -> str:
    """A string literal in single quotes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{_UNPRINTABLE.sub(_escape, escaped)}'"


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


def union(options: Iterable[Type]) -> Type:
    """One of these."""
    flat: dict[Type, None] = {}
    for option in options:
        flat.update(dict.fromkeys(option.options if isinstance(option, Union) else (option,)))
    if UNKNOWN in flat:
        return UNKNOWN
    flat.pop(NEVER, None)
    whole = {one.kind for one in flat if isinstance(one, Atom) and not one.literal}
    kept = tuple(one for one in flat if not (isinstance(one, Atom) and one.literal and one.kind in whole))
    if not kept:
        return NEVER
    return kept[0] if len(kept) == 1 else Union(kept)


def intersect(left: Type, right: Type) -> Type:
    """Both of these; NEVER when no value can be."""
    if left == right or right == UNKNOWN:
        return left
    if left == UNKNOWN:
        return right
    ours, theirs = _options(left), _options(right)
    if len(ours) * len(theirs) > _MANY:
        return All((left, right))
    return union(_meet(one, other) for one in ours for other in theirs)


def text(type: Type) -> str:
    """The type as TypeScript."""
    match type:
        case Atom():
            return type.text
        case Ref():
            return type.name
        case ArrayOf():
            return f"Array<{text(type.item)}>"
        case Tuple():
            return _tuple(type)
        case Union():
            return " | ".join(map(text, type.options))
        case All():
            return " & ".join(_closed(part) for part in type.parts)
        case Object():
            if type.index is not None and not type.members and not _has_ref(type.index):
                return f"Record<string, {text(type.index)}>"
            inside = "; ".join(members(type))
            return f"{{ {inside} }}" if inside else "{}"


def members(type: Object) -> list[str]:
    """The properties of an object, one text each."""
    lines = [
        f"{comment(one.doc)}{_property(one.name)}{'?' if one.optional else ''}: {text(one.type)}"
        for one in type.members
    ]
    if type.index is not None:
        # TypeScript wants the index signature to cover every member.
        missing = [UNDEFINED] if any(one.optional for one in type.members) else []
        lines.append(f"[key: string]: {text(union([type.index, *(one.type for one in type.members), *missing]))}")
    return lines


def comment(doc: str) -> str:
    """A JSDoc comment on one line and a space after it; nothing for no text."""
    words = " ".join(_UNPRINTABLE.sub(" ", doc).split()).replace("*/", "*\\/")
    return f"/** {words} */ " if words else ""


def _tuple(type: Tuple) -> str:
    items = [text(item) if number < type.required else f"{_closed(item)}?" for number, item in enumerate(type.items)]
    if type.rest is not None:
        items.append(f"...{_closed(type.rest)}[]")  # not Array<T>: a named type may mention itself here
    return f"[{', '.join(items)}]"


def _closed(type: Type) -> str:
    """The text of a type that something is appended to."""
    return f"({text(type)})" if isinstance(type, Union | All) else text(type)


def _options(type: Type) -> tuple[Type, ...]:
    return type.options if isinstance(type, Union) else (type,)


def _meet(one: Type, other: Type) -> Type:
    """The intersection of two types that are no unions."""
    if one == other or NEVER in (one, other):
        return one if one == other else NEVER
    kinds = (_kind(one), _kind(other))
    if "any" in kinds:
        return All((*_parts(one), *_parts(other)))
    if kinds[0] != kinds[1]:
        return NEVER
    match one, other:
        case Object(), Object():
            return _merged(one, other)
        case ArrayOf(), ArrayOf():
            return ArrayOf(intersect(one.item, other.item))
        case Atom(), Atom() if one.literal != other.literal:
            return one if one.literal else other
        case Atom(), Atom() if one.literal:
            return NEVER
    return All((*_parts(one), *_parts(other)))


def _merged(one: Object, other: Object) -> Type:
    """The properties of both; NEVER when one that has to be there can have no value."""
    theirs = {member.name: member for member in other.members}
    merged = []
    for mine in one.members:
        its = theirs.pop(mine.name, None)
        if its is not None:
            optional = mine.optional and its.optional
            mine = Member(mine.name, intersect(mine.type, its.type), optional, mine.doc or its.doc)
            if mine.type == NEVER and not optional:
                return NEVER
        merged.append(mine)
    index = (
        one.index if other.index is None else other.index if one.index is None else intersect(one.index, other.index)
    )
    return Object((*merged, *theirs.values()), index)


def _kind(type: Type) -> str:
    match type:
        case Atom():
            return type.kind
        case ArrayOf() | Tuple():
            return "array"
        case Object():
            return "object"
    return "any"


def _parts(type: Type) -> tuple[Type, ...]:
    return type.parts if isinstance(type, All) else (type,)


def _has_ref(type: Type) -> bool:
    """A named type that mentions itself inside `Record` is an error in TypeScript, inside an index signature not."""
    match type:
        case Ref():
            return True
        case ArrayOf():
            return _has_ref(type.item)
        case Tuple():
            return any(map(_has_ref, type.items)) or (type.rest is not None and _has_ref(type.rest))
        case Object():
            return any(_has_ref(one.type) for one in type.members) or (type.index is not None and _has_ref(type.index))
        case Union():
            return any(map(_has_ref, type.options))
        case All():
            return any(map(_has_ref, type.parts))
    return False


def _property(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
