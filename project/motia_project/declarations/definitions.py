"""Named types: what schemas define once and refer to, themselves included.

Definitions of all schemas of a project share one module. Equal definitions of one name become one type; a name that is
taken, or means something to TypeScript or to `motia`, gets the owner's name before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from motia_project.declarations.algebra import loosened
from motia_project.declarations.expression import UNKNOWN, Ref, Type, names_in
from motia_project.declarations.schema import convert
from motia_project.openapi.components import PLACE, Components

_MEANT = re.compile(
    r"Array|Record|Buffer|Promise|Partial|Date|Object|String|Number|Boolean|Symbol|Function|Error|Map|Set"
    r"|any|as|async|await|bigint|boolean|break|case|catch|class|const|continue|debugger|declare|default|delete|do|else"
    r"|enum|export|extends|false|finally|for|from|function|get|global|if|implements|import|in|infer|instanceof"
    r"|interface|intrinsic|is|keyof|let|module|namespace|never|new|null|number|object|of|out|package|private|protected"
    r"|public|readonly|require|return|satisfies|set|static|string|super|switch|symbol|this|throw|true|try|type|typeof"
    r"|undefined|unique|unknown|using|var|void|while|with|yield"
)
"""Names that mean something in TypeScript."""
_NUMBERED = re.compile(r"_*schema(\d+)")  # how zod calls what has no name


class Definitions:
    """The named types of one module. taken: names that mean something in it already."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._components = Components()
        self._taken = taken
        self._names: dict[str, str] = {}  # a definition's pointer -> its name here
        self._types: dict[str, Type] = {}

    def type_of(self, schema: Any, owner: str) -> Type:
        """The type of a schema's data. owner: whose it is, for the names of what it defines."""
        return convert(self._components.take(schema, owner), lambda pointer, _: self._resolve(pointer, None, owner))

    def named(self) -> Iterator[tuple[str, Type, str]]:
        """(name, type, description) of every definition in use, sorted by name."""
        for pointer, name in sorted(self._names.items(), key=lambda one: one[1]):
            schema = self._schema(pointer)
            said = schema.get("description") if isinstance(schema, dict) else None
            type = self._types[pointer]
            yield name, loosened(type) if name in self._mentioned(type) else type, said if isinstance(said, str) else ""

    def _mentioned(self, type: Type) -> set[str]:
        """The names in a type, and in what they stand for."""
        by_name = {name: self._types[pointer] for pointer, name in self._names.items()}
        found: set[str] = set()
        ahead = names_in(type)
        while ahead:
            found |= ahead
            ahead = {name for one in ahead for name in names_in(by_name[one])} - found
        return found

    def expanded(self, type: Type) -> Type:
        """What a name stands for; any other type as it is."""
        for _ in self._names:
            pointer = next((one for one, name in self._names.items() if Ref(name) == type), None)
            if pointer is None:
                break
            type = self._types[pointer]
        return type

    def _resolve(self, reference: str, inside: str | None, owner: str) -> Type:
        """inside: the definition on whose surface the reference stands."""
        pointer = reference.removeprefix(PLACE)
        if pointer == reference or self._schema(pointer) is None:
            return UNKNOWN  # of another document
        if inside is not None and inside in self._surface(pointer):
            return UNKNOWN  # it says nothing but itself
        if pointer not in self._names:
            self._names[pointer] = self._name(pointer, owner)
            schema = self._schema(pointer)
            self._types[pointer] = convert(
                schema, lambda other, surface: self._resolve(other, pointer if surface else None, owner)
            )
        return Ref(self._names[pointer])

    def _schema(self, pointer: str) -> Any:
        """What stands at a pointer below the components; None for nothing."""
        found: Any = self._components.schemas
        for part in pointer.split("/"):
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                return None
        return found

    def _surface(self, start: str) -> set[str]:
        """The definitions that one leads to without an object or a list between, itself included."""
        reached: set[str] = set()
        ahead = [start]
        while ahead:
            pointer = ahead.pop()
            if pointer not in reached:
                reached.add(pointer)
                ahead += [one.removeprefix(PLACE) for one in _on_surface(self._schema(pointer))]
        return reached

    def _name(self, pointer: str, owner: str) -> str:
        numbered = _NUMBERED.fullmatch(pointer.removeprefix(f"{owner}_"))
        plain = _identifier(f"{owner}_{numbered[1]}" if numbered else pointer)
        used = self._taken | set(self._names.values())
        owned = _identifier(f"{owner}_{plain}")
        candidates = [plain, owned, *(f"{owned}_{number}" for number in range(2, len(used) + 3))]
        return next(name for name in candidates if name not in used and not _MEANT.fullmatch(name))


def _on_surface(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(keyword) or ():
            yield from _on_surface(part)


def _identifier(text: str) -> str:
    """A text as a name: its words run together."""
    plain = re.sub(r"[^A-Za-z0-9_$]+", "_", text).strip("_")
    return plain if plain and not plain[0].isdigit() else f"_{plain}"
