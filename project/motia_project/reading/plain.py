"""A `config` as JSON: functions left out, pydantic classes as their JSON Schema."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Set
from enum import Enum
from typing import Any

from motia.stream_guard import GUARD_NAMES

_DEPTH = 100


class NotPlain(Exception):
    """A value of the configuration is not JSON. problem: {what, key, remedy}."""

    def __init__(self, what: str, key: str, remedy: str | None = None) -> None:
        super().__init__(what)
        self.problem = {"what": what, "key": key or None, "remedy": remedy}


def plain_config(config: Any) -> dict[str, Any]:
    """{"config", "middleware", "can_access", "problems"} of a module's `config`; NotPlain if it is not a dictionary.

    middleware: the names of the functions; absent if the key is.
    """
    if not isinstance(config, Mapping):
        remedy = "write `config = {...}`"
        if hasattr(config, "model_dump"):
            remedy = "write `config = (...).model_dump()`"
        elif hasattr(config, "__dataclass_fields__"):
            remedy = "write `config = dataclasses.asdict(...)`"
        raise NotPlain(f"`config` is {_a(config)}, it must be a dictionary", "", remedy)
    rest = dict(config)
    answer: dict[str, Any] = {"can_access": False, "problems": []}
    if rest.get("middleware") is not None:
        answer["middleware"], answer["problems"] = _functions(rest.pop("middleware"))
    for name in GUARD_NAMES:
        if callable(rest.get(name)):
            answer["can_access"] = True
            del rest[name]
    answer["config"] = {}
    for key, value in rest.items():
        try:
            name = _key(key, "")
            answer["config"][name] = _plain(value, name, ((id(config), ""),))
        except NotPlain as wrong:
            answer["problems"].append(wrong.problem)
    return answer


def plain_value(value: Any, path: str) -> Any:
    """A value as JSON. path: its key, for messages. NotPlain if it is not JSON."""
    return _plain(value, path, ())


def _functions(value: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """(names, problems) of `middleware`."""
    if not isinstance(value, list | tuple):
        remedy = f"write [{value.__name__}]" if hasattr(value, "__name__") else None
        return [], [NotPlain(f"the value is {_a(value)}, it must be a list of functions", "middleware", remedy).problem]
    problems = [
        NotPlain(f"the entry is {_a(entry)}, it must be a function", f"middleware[{index}]").problem
        for index, entry in enumerate(value)
        if not callable(entry)
    ]
    return [getattr(entry, "__name__", type(entry).__name__) for entry in value if callable(entry)], problems


def _plain(value: Any, path: str, above: tuple[tuple[int, str], ...]) -> Any:
    """above: what the value is in, from the outermost: its id and its key."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value, path, above)
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotPlain(f"the value is {value}, which JSON does not have", path, "write a finite number or None")
        return float(value)
    if isinstance(value, os.PathLike) and isinstance(os.fspath(value), str):
        return _text(os.fspath(value), path)
    outer = next((key for one, key in above if one == id(value)), None)
    if outer is not None:
        what = f"the value is {f'`{outer}`, which it is in' if outer else 'the configuration that it is in'}"
        raise NotPlain(f"{what}: JSON cannot contain itself", path, "leave the key out")
    if len(above) > _DEPTH:
        raise NotPlain(f"the value is nested in more than {_DEPTH} others", path, "make it flatter")
    inside = (*above, (id(value), path))
    if isinstance(value, Mapping):
        names = {_key(key, path): item for key, item in value.items()}
        return {name: _plain(item, f"{path}.{name}", inside) for name, item in names.items()}
    if isinstance(value, Set):
        value = sorted(value, key=repr)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{index}]", inside) for index, item in enumerate(value)]
    return _plain(_schema(value, path), path, inside)


def _schema(value: Any, path: str) -> Any:
    for method in ("model_json_schema", "json_schema"):
        build = getattr(value, method, None)
        if callable(build):
            try:
                return build()
            except Exception as wrong:
                reason = " ".join(str(wrong).split())[:200]
                raise NotPlain(f"{type(wrong).__name__} while making a JSON Schema: {reason}", path) from wrong
    if callable(value):
        remedy = "a configuration is data; only `middleware` and `canAccess` hold functions"
        if isinstance(value, type):
            remedy = "for a schema give a JSON Schema or a pydantic model class"
        raise NotPlain(f"the value is {_a(value)}", path, remedy)
    raise NotPlain(f"the value is {_a(value)}, which is not JSON", path, "write text, numbers, lists and dictionaries")


def _key(key: Any, path: str) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, str):
        return _text(key, path)
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    raise NotPlain(f"the key {key!r} is {_a(key)}, it must be text", path)


def _text(value: str, path: str) -> str:
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotPlain(f"the text {text!r} is not valid Unicode", path) from None
    return text


def _a(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
