"""Types as the text of TypeScript, on one line."""

from __future__ import annotations

import re

from motia_project.declarations.algebra import union
from motia_project.declarations.expression import (
    UNDEFINED,
    UNPRINTABLE,
    All,
    ArrayOf,
    Atom,
    Object,
    Ref,
    Tuple,
    Type,
    Union,
    names_in,
    quoted,
)

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


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
            if (
                type.index is not None and not type.members and not names_in(type.index)
            ):  # in `Record` a named type must not mention itself
                return f"Record<string, {text(type.index)}>"
            within = "; ".join(members(type))
            return f"{{ {within} }}" if within else "{}"


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
    words = " ".join(UNPRINTABLE.sub(" ", doc).split()).replace("*/", "*\\/")
    return f"/** {words} */ " if words else ""


def _tuple(type: Tuple) -> str:
    items = [text(item) if number < type.required else f"{_closed(item)}?" for number, item in enumerate(type.items)]
    if type.rest is not None:
        items.append(f"...{_closed(type.rest)}[]")
    return f"[{', '.join(items)}]"


def _closed(type: Type) -> str:
    """The text of a type that something is appended to."""
    return f"({text(type)})" if isinstance(type, Union | All) else text(type)


def _property(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)
