"""`motia_config.py` at the root of a project: what of it is code.

adapters = {"state": RedisState, "streams": RedisStream, "events": KafkaEvents, "cron": RedisLocks}
streamAuth = {"contextSchema": {...}, "authenticate": authenticate}

Both are optional, and may stand in a dictionary `config` as well. An adapter is an instance, or a class or function
that makes one without arguments; `streams` is a StreamAdapter class, or a function that makes one, given the name of a
stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from motia.adapters.interfaces import KINDS, CronAdapter, EventAdapter, StateAdapter, StreamAdapter
from motia.errors import ProjectError
from motia.kinds import kind_of
from motia.loading import load_module

FILE_NAME = "motia_config.py"
_CONFIG_KEYS = ("adapters", "streamAuth", "stream_auth")


@dataclass(frozen=True)
class StreamAuth:
    """Who may open a WebSocket. authenticate: called with {"headers", "url"} at the upgrade; what it returns goes to
    `canAccess`, an exception refuses the connection. context_schema: JSON Schema of what it returns."""

    authenticate: Callable[..., Any]
    context_schema: dict[str, Any] | None = None


@dataclass(frozen=True)
class ProjectConfig:
    """What the file says. adapters: as given, by kind; the methods make them and raise ProjectError."""

    adapters: Mapping[str, Any] = field(default_factory=dict)
    stream_auth: StreamAuth | None = None

    def state(self) -> StateAdapter | None:
        """The state adapter, None when the project has none. Every call makes one if a class was given."""
        made: StateAdapter | None = self._make("state")
        return made

    def stream(self, name: str) -> StreamAdapter[Any] | None:
        """The adapter of one stream."""
        made: StreamAdapter[Any] | None = self._make("streams", name)
        return made

    def events(self) -> EventAdapter | None:
        """The event adapter, as `state`."""
        made: EventAdapter | None = self._make("events")
        return made

    def cron(self) -> CronAdapter | None:
        """The cron adapter, as `state`."""
        made: CronAdapter | None = self._make("cron")
        return made

    def _make(self, kind: str, *arguments: str) -> Any:
        given, interface = self.adapters.get(kind), KINDS[kind]
        if given is None or isinstance(given, interface):
            return given
        key = f'adapters["{kind}"]'
        name = getattr(given, "__name__", None) or repr(given)
        try:
            made = given(*arguments)
        except Exception as wrong:
            raise ProjectError(f"{key} cannot be made: {name}: {wrong}", where=FILE_NAME) from wrong
        if not isinstance(made, interface):
            found = "no subclass of" if isinstance(given, type) else "made something that is not a"
            raise ProjectError(
                f"{key} is {name}, {found} {interface.__name__}",
                where=FILE_NAME,
                remedy=f"derive it from motia.adapters.{interface.__name__}",
            )
        return made


def load_project_config(root: Path) -> ProjectConfig | None:
    """What `motia_config.py` in `root` says, None without one. ProjectError, StepLoadError when it cannot be used."""
    return read_config(load_module(root, FILE_NAME)) if (root / FILE_NAME).is_file() else None


def read_config(module: ModuleType) -> ProjectConfig:
    """What the imported file says. ProjectError for what it must not say."""
    return ProjectConfig(
        check_adapters(_given(module, "adapters")), _stream_auth(_given(module, "streamAuth", "stream_auth"))
    )


def _given(module: ModuleType, *names: str) -> Any:
    """What stands under one of these names in the file, or in its `config`."""
    config = getattr(module, "config", None)
    if config is not None and not isinstance(config, Mapping):
        allowed = 'a dict such as {"streamAuth": {"authenticate": ...}}'
        raise ProjectError(f"`config` is {kind_of(config)}", where=FILE_NAME, allowed=allowed)
    if unknown := [key for key in config or () if key not in _CONFIG_KEYS]:
        raise ProjectError(f"`config` has the key {unknown[0]!r}", where=FILE_NAME, allowed=", ".join(_CONFIG_KEYS))
    places = [(config or {}).get(name) for name in names] + [getattr(module, name, None) for name in names]
    return next((found for found in places if found is not None), None)


def check_adapters(given: Any) -> dict[str, Any]:
    """The adapters in `given`, by kind. ProjectError for what cannot be one."""
    if given is None or isinstance(given, ModuleType):  # `from motia import adapters`
        return {}
    if not isinstance(given, dict):
        raise ProjectError(
            f"`adapters` is {kind_of(given)}", where=FILE_NAME, allowed='a dict such as {"state": MyStateAdapter}'
        )
    for kind, value in given.items():
        interface = KINDS.get(kind)
        if interface is None:
            raise ProjectError(f"`adapters` has the key {kind!r}", where=FILE_NAME, allowed=", ".join(KINDS))
        if value is not None and not callable(value) and not (isinstance(value, interface) and kind != "streams"):
            wanted = (
                "a class or a function of a stream's name" if kind == "streams" else "an instance, class or function"
            )
            raise ProjectError(f'adapters["{kind}"] is {value!r}', where=FILE_NAME, allowed=wanted)
        if isinstance(value, type):
            _check_class(kind, value, interface)
    return {kind: value for kind, value in given.items() if value is not None}


def _check_class(kind: str, value: type, interface: type) -> None:
    if not issubclass(value, interface):
        raise ProjectError(
            f'adapters["{kind}"] is {value.__name__}, no subclass of {interface.__name__}',
            where=FILE_NAME,
            remedy=f"derive it from motia.adapters.{interface.__name__}",
        )
    if missing := sorted(getattr(value, "__abstractmethods__", ())):
        raise ProjectError(
            f'adapters["{kind}"] is {value.__name__}, which lacks {", ".join(missing)}',
            where=FILE_NAME,
            remedy="define these methods",
        )


def _stream_auth(given: Any) -> StreamAuth | None:
    if given is None:
        return None
    allowed = '{"authenticate": a function of {"headers", "url"}, "contextSchema": a JSON Schema}'
    if not isinstance(given, dict):
        raise ProjectError(f"`streamAuth` is {kind_of(given)}", where=FILE_NAME, allowed=allowed)
    if unknown := sorted(map(str, given.keys() - {"authenticate", "contextSchema"})):
        raise ProjectError(f"`streamAuth` has the key {unknown[0]!r}", where=FILE_NAME, allowed=allowed)
    authenticate, schema = given.get("authenticate"), given.get("contextSchema")
    if not callable(authenticate):
        raise ProjectError(f"streamAuth.authenticate is {kind_of(authenticate)}", where=FILE_NAME, allowed=allowed)
    if schema is not None and not isinstance(schema, dict):
        raise ProjectError(f"streamAuth.contextSchema is {kind_of(schema)}", where=FILE_NAME, allowed=allowed)
    return StreamAuth(authenticate, schema)
