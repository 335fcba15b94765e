"""Validation errors as Problems: every message names key, value, what is allowed and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from motia_project.configs.base import type_name
from motia_project.model import Problem

_VALUE_LIMIT = 60
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "True or False",
    "list_type": "a list",
    "dict_type": "a dictionary",
    "model_type": "a dictionary",
    "model_attributes_type": "a dictionary",
}


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    file: str,
    *,
    remedies: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> tuple[Problem, ...]:
    """One Problem for each thing that is wrong.

    remedies: by dotted key, what to do where the error itself does not say. words: replaces words of Python in the
    messages, for files that are not Python.
    """
    problems = []
    for details in error.errors(include_url=False):
        problem = _problem(details, model, file, remedies or {})
        if words:
            changed = {name: _replace(getattr(problem, name), words) for name in ("what", "remedy", "allowed")}
            problem = Problem(**{**vars(problem), **changed})
        problems.append(problem)
    return tuple(problems)


def shown(value: Any) -> str:
    """A value as it goes into a message: JSON, at most 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if not text.isprintable():
        text = json.dumps(value, default=str)
    return text if len(text) <= _VALUE_LIMIT else f"{text[: _VALUE_LIMIT - 3]}..."


def dotted(location: tuple[int | str, ...]) -> str:
    """`queue.maxRetries`, `emits[1].topic`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def unreadable_keys(problems: Iterable[Problem]) -> frozenset[str]:
    """The keys that a file has with a value that could not be read: that they are missing then is no news."""
    return frozenset(re.split(r"[.\[]", problem.key)[0] for problem in problems if problem.key)


def did_you_mean(word: str, known: list[str]) -> str | None:
    """A remedy if the word looks like a known one."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean '{by_lower[near[0]]}'?" if near else None


def _problem(details: ErrorDetails, model: type[BaseModel], file: str, remedies: Mapping[str, str]) -> Problem:
    location, kind, context = details["loc"], details["type"], details.get("ctx", {})
    key = dotted(location)
    value = shown(details["input"]) if kind not in ("missing", "extra_forbidden") else None
    allowed: str | None = None
    remedy = remedies.get(key) if kind in ("missing", "extra_forbidden") else None
    if kind == "motia":
        what, allowed, remedy = context["what"], context["allowed"], context["remedy"] or remedy
        if isinstance(details["input"], dict | list):
            value = None
    elif kind == "missing":
        what = "the key is missing"
    elif kind == "extra_forbidden":
        what = "the key is unknown"
        known = _known_keys(model, location[:-1])
        allowed = ", ".join(known)
        remedy = remedy or did_you_mean(str(location[-1]), known)
    elif kind == "literal_error":
        what, allowed = "the value is not one of those allowed", context["expected"].replace("'", "")
        remedy = remedy or (
            did_you_mean(details["input"], _choices(allowed)) if isinstance(details["input"], str) else None
        )
    elif kind in _WANTED:
        what = f"the value is {type_name(details['input'])}, it must be {_WANTED[kind]}"
        if kind == "int_from_float":
            what = "the value is a fraction, it must be a whole number"
    elif kind == "greater_than_equal":
        what = f"the value must be at least {context['ge']}"
    elif kind == "greater_than":
        what = f"the value must be more than {context['gt']:g}"
    elif kind == "too_short":
        what = f"the list needs at least {context['min_length']} entr{'y' if context['min_length'] == 1 else 'ies'}"
    else:
        what = details["msg"][0].lower() + details["msg"][1:]
    return Problem(what, file=file, key=key or None, value=value, allowed=allowed, remedy=remedy)


def _choices(allowed: str) -> list[str]:
    return allowed.replace(" or ", ", ").split(", ")


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys of the model that sits at `location` inside of `model`."""
    fields = model.model_fields
    for part in location:
        if isinstance(part, int):
            continue
        nested = _model_in(fields[part].annotation) if part in fields else None
        if nested is None:
            return []
        fields = nested.model_fields
    return [field.alias or name for name, field in fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def _replace(text: str | None, words: Mapping[str, str]) -> str | None:
    for word, other in words.items():
        text = text.replace(word, other) if text else text
    return text
