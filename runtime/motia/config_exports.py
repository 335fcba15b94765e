"""Where the configuration stands in `motia_config.py`: under names of its own at the top of the file, or in `config`.

A stream auth that is overlooked leaves streams open to everybody. So what looks like one under another name is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from motia.errors import ProjectError
from motia.kinds import kind_of

FILE_NAME = "motia_config.py"
CONFIG_KEYS = ("adapters", "streamAuth", "stream_auth")

Report = Callable[[ProjectError], None]
"""Told of each thing that is wrong."""

_STREAM_AUTH = ("streamAuth", "stream_auth")
_WAYS = "streamAuth = {...} and adapters = {...}, or these keys in config = {...}"


def exported_config(module: ModuleType, report: Report) -> dict[str, Any]:
    """What is given for "adapters" and for "streamAuth", None without; the keys of `config` win over other names."""
    config = getattr(module, "config", None)
    if config is not None and not isinstance(config, Mapping):
        allowed = 'a dict such as {"streamAuth": {"authenticate": ...}}'
        report(ProjectError(f"`config` is {kind_of(config)}", where=FILE_NAME, allowed=allowed))
        config = None
    named = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    for key in config or {}:
        if key not in CONFIG_KEYS:
            what, remedy = f"`config` has the key {key!r}", _did_you_mean(str(key), CONFIG_KEYS[:2])
            report(ProjectError(what, where=FILE_NAME, allowed=", ".join(CONFIG_KEYS), remedy=remedy))
    places: tuple[Mapping[str, Any], ...] = (config or {}, named)
    missing = [key for key in CONFIG_KEYS[:2] if not any(key in place for place in places)]
    if any("stream_auth" in place for place in places):
        missing = [key for key in missing if key != "streamAuth"]
    if len(missing) == len(CONFIG_KEYS[:2]) and "config" not in named:
        missing.append("config")
    for name, value in named.items():
        if name in (*CONFIG_KEYS, "config"):
            continue
        meant = _did_you_mean(name, missing) if isinstance(value, Mapping) else None
        if meant:
            what = f"the name {name!r} is none of the configuration"
            report(ProjectError(what, where=FILE_NAME, allowed=_WAYS, remedy=meant))
        elif "streamAuth" in missing and _is_auth(name, value):
            what = f"the name {name!r} has no effect: streams are open to everybody"
            remedy = "give it to `streamAuth`, or take it out of the file"
            report(ProjectError(what, where=FILE_NAME, allowed=_WAYS, remedy=remedy))
    return {
        "adapters": _first(places, ("adapters",)),
        "streamAuth": _first(places, _STREAM_AUTH),
    }


def _first(places: tuple[Mapping[str, Any], ...], names: tuple[str, ...]) -> Any:
    found = (place.get(name) for place in places for name in names)
    return next((value for value in found if value is not None), None)


def _is_auth(name: str, value: Any) -> bool:
    """Whether a value looks like a stream auth, or like a configuration with one."""
    if isinstance(value, Mapping):
        return callable(value.get("authenticate")) or any(key in value for key in _STREAM_AUTH)
    return name == "authenticate" and callable(value)


def _did_you_mean(name: str, known: tuple[str, ...] | list[str]) -> str | None:
    return next((f"did you mean '{other}'?" for other in known if _is_near(name, other)), None)


def _is_near(name: str, other: str) -> bool:
    """Whether a name is another one in other cases, or with a letter or two wrong."""
    a, b = (re.sub(r"[^a-z]", "", text.lower()) for text in (name, other))
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        following = [i + 1]
        for j, y in enumerate(b):
            following.append(min(row[j + 1] + 1, following[j] + 1, row[j] + (x != y)))
        row = following
    return row[-1] <= len(b) // 5
