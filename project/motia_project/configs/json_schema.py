"""JSON Schemas in configurations: any valid one, or null.

Schemas document and draw; nothing is refused at run time because of them. So only what cannot be a JSON Schema is an
error here, judged by the keywords that are there.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator

from motia_project.configs.base import refusal, type_name

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_ONE = ("additionalProperties", "items", "not", "if", "then", "else", "contains", "propertyNames", "additionalItems")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")


def _schema(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    _check(value, "")
    return value


def _check(value: Any, path: str) -> None:
    if isinstance(value, bool):
        return
    if not isinstance(value, dict):
        where = f" at `{path}`" if path else ""
        remedy = "give a JSON Schema such as {'type': 'object', 'properties': {...}}, or a pydantic model class"
        raise refusal(f"{type_name(value)}{where} is not a JSON Schema", remedy=remedy)
    if "type" in value:
        _check_type(value["type"], _join(path, "type"))
    for keyword, item in value.items():
        here = _join(path, keyword)
        if keyword == "items" and isinstance(item, list):
            _each(item, here)
        elif keyword in _ONE:
            _check(item, here)
        elif keyword in _NAMED:
            _each_named(item, here)
        elif keyword in _LISTED:
            _expect(item, here, list, "a list of schemas")
            _each(item, here)
        elif keyword == "required":
            _expect(item, here, list, "a list of property names", lambda entry: isinstance(entry, str))
        elif keyword == "enum":
            _expect(item, here, list, "a list of values")
        elif keyword == "$ref":
            _expect(item, here, str, "text")


def _check_type(value: Any, path: str) -> None:
    names = value if isinstance(value, list) else [value]
    for name in names:
        if name not in _TYPES:
            near = get_close_matches(str(name), _TYPES, n=1) or get_close_matches(str(name), _SHORT, n=1)
            remedy = f"did you mean '{_SHORT.get(near[0], near[0])}'?" if near else None
            raise refusal(f"{name!r} at `{path}` is no JSON Schema type", allowed=", ".join(_TYPES), remedy=remedy)


_SHORT = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dict": "object", "list": "array"}


def _each(items: list[Any], path: str) -> None:
    for index, item in enumerate(items):
        _check(item, f"{path}.{index}")


def _each_named(items: Any, path: str) -> None:
    _expect(items, path, dict, "a dictionary of schemas")
    for name, item in items.items():
        _check(item, _join(path, name))


def _expect(value: Any, path: str, kind: type, wanted: str, each: Callable[[Any], bool] = lambda entry: True) -> None:
    if not isinstance(value, kind) or (isinstance(value, list) and not all(each(entry) for entry in value)):
        raise refusal(f"{type_name(value)} at `{path}` is not {wanted}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


Schema = Annotated[Any, BeforeValidator(_schema)]
"""A JSON Schema, true, false or null."""
