"""Types put together: one of several, all of several. What comes out is as short as what it means."""

from __future__ import annotations

from collections.abc import Iterable

from motia_project.declarations.expression import (
    BUFFER,
    NEVER,
    UNKNOWN,
    All,
    ArrayOf,
    Atom,
    Member,
    Object,
    Tuple,
    Type,
    Union,
    inside,
    names_in,
)

_MANY = 64  # pairs of alternatives; beyond it TypeScript does the work


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


def loosened(type: Type) -> Type:
    """The type without what TypeScript does not allow in the definition of a named type that mentions itself: lists
    with optional or further items of named types become lists of any of their items."""
    match type:
        case ArrayOf():
            return ArrayOf(loosened(type.item))
        case Tuple():
            items = tuple(map(loosened, type.items))
            rest = None if type.rest is None else loosened(type.rest)
            is_open = rest is not None or type.required < len(items)
            return (
                ArrayOf(union(map(loosened, inside(type))))
                if is_open and names_in(type)
                else Tuple(items, type.required, rest)
            )
        case Object():
            members = tuple(Member(one.name, loosened(one.type), one.optional, one.doc) for one in type.members)
            return Object(members, None if type.index is None else loosened(type.index))
        case Union():
            return union(map(loosened, type.options))
        case All():
            return All(tuple(map(loosened, type.parts)))
    return type


def _options(type: Type) -> tuple[Type, ...]:
    return type.options if isinstance(type, Union) else (type,)


def _meet(one: Type, other: Type) -> Type:
    """The intersection of two types that are no unions."""
    if one == other or NEVER in (one, other):
        return one if one == other else NEVER
    kinds = (_kind(one), _kind(other))
    if "any" in kinds:
        return All((*_parts(one), *_parts(other)))
    if set(kinds) == {"bytes", "string"}:  # JSON Schema calls both strings
        return BUFFER
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
