"""Whether an event is what a Step's `input` says: named, never refused.

Types, enumerations, and what is missing or too much in objects; the finer rules of JSON Schema are the handler's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

MOST_NAMES = 20  # of each kind
_MOST_VALUES = 10_000  # looked at in one event
_MOST_STEPS = 100  # from the root of data and schema to where it ends

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
    "number": (int, float),
    "integer": (int, float),
}


@dataclass
class Mismatch:
    """Paths such as `items[2].price`. wrong: with what is expected there and what is found."""

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.wrong)

    def fields(self) -> dict[str, list[str]]:
        """For a log record: the lists that are not empty, cut at MOST_NAMES."""
        return {key: value[:MOST_NAMES] for key, value in vars(self).items() if value}


def compare(data: Any, schema: Any) -> Mismatch:
    """What is different between an event's data and a JSON Schema; nothing, as far as it is compared, when empty."""
    return _Comparison(schema).run(data)


class _Comparison:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = _MOST_VALUES

    def run(self, data: Any) -> Mismatch:
        found = Mismatch()
        self._look(data, self._root, "", found, 0)
        return found

    def _look(self, data: Any, schema: Any, path: str, found: Mismatch, depth: int) -> None:
        self._left -= 1
        if self._left < 0 or depth > _MOST_STEPS or not isinstance(schema, dict):
            return
        if "$ref" in schema:
            self._look(data, self._target(schema["$ref"]), path, found, depth + 1)
        wrong = _wrong_value(data, schema)
        if wrong is not None:
            found.wrong.append(f"{path or 'data'}: {wrong}")
            return
        for part in _list(schema, "allOf"):
            self._look(data, part, path, found, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            if _list(schema, keyword):
                self._look_for_one(data, _list(schema, keyword), path, found, depth + 1)
        if isinstance(data, dict):
            self._look_inside(data, schema, path, found, depth + 1)
        elif isinstance(data, list) and isinstance(schema.get("items"), dict):
            for position, item in enumerate(data):
                self._look(item, schema["items"], f"{path}[{position}]", found, depth + 1)

    def _look_inside(
        self, data: dict[str, Any], schema: dict[str, Any], path: str, found: Mismatch, depth: int
    ) -> None:
        for name in _list(schema, "required"):
            if isinstance(name, str) and name not in data:
                found.missing.append(_member(path, name))
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        others = schema.get("additionalProperties", True)
        for name, value in data.items():
            if name in known:
                self._look(value, known[name], _member(path, name), found, depth)
            elif "patternProperties" in schema:
                continue
            elif others is False:
                found.extra.append(_member(path, name))
            else:
                self._look(value, others, _member(path, name), found, depth)

    def _look_for_one(self, data: Any, options: list[Any], path: str, found: Mismatch, depth: int) -> None:
        tried = []
        for option in options:
            one = Mismatch()
            self._look(data, option, path, one, depth)
            if not one:
                return
            tried.append(one)
        # An option of the right type says more than that none fits.
        near = [one for one in tried if not any(text.startswith(f"{path or 'data'}: ") for text in one.wrong)]
        if len(near) == 1:
            found.missing += near[0].missing
            found.extra += near[0].extra
            found.wrong += near[0].wrong
        else:
            found.wrong.append(f"{path or 'data'}: is none of the {len(options)} things it may be")

    def _target(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        target: Any = self._root
        for part in reference[1:].split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            target = target.get(key) if isinstance(target, dict) else None
        return target


def _wrong_value(data: Any, schema: dict[str, Any]) -> str | None:
    kinds = schema.get("type")
    names = [name for name in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(name, str)]
    if names and not any(_is(data, name) for name in names):
        return f"must be {' or '.join(names)}, is {_type(data)}"
    if "const" in schema and not _same(data, schema["const"]):
        return f"must be {schema['const']!r}"
    options = schema.get("enum")
    if isinstance(options, list) and not any(_same(data, option) for option in options):
        shown = ", ".join(repr(option) for option in options[:10])
        return f"must be one of {shown}{', ...' if len(options) > 10 else ''}"
    return None


def _is(data: Any, name: str) -> bool:
    if isinstance(data, bool) and name != "boolean":
        return False
    if name == "integer" and isinstance(data, float):
        return data.is_integer()
    return isinstance(data, _TYPES.get(name, (object,)))


def _type(data: Any) -> str:
    return next(name for name in _TYPES if _is(data, name))


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _list(schema: dict[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
