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
from motia.config_exports import FILE_NAME, Report, exported_config
from motia.errors import ProjectError
from motia.kinds import kind_of
from motia.loading import load_module

__all__ = [
    "FILE_NAME",
    "ProjectConfig",
    "StreamAuth",
    "check_adapters",
    "check_config",
    "load_project_config",
    "read_config",
]


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
    config, problems = check_config(module)
    if problems:
        raise problems[0]
    return config


def check_config(module: ModuleType) -> tuple[ProjectConfig, list[ProjectError]]:
    """What the imported file says, without what it must not say, and everything of that."""
    problems: list[ProjectError] = []
    given = exported_config(module, problems.append)
    adapters = _adapters(given["adapters"], problems.append)
    return ProjectConfig(adapters, _stream_auth(given["streamAuth"], problems.append)), problems


def check_adapters(given: Any) -> dict[str, Any]:
    """The adapters in `given`, by kind. ProjectError for what cannot be one."""
    problems: list[ProjectError] = []
    found = _adapters(given, problems.append)
    if problems:
        raise problems[0]
    return found


def _adapters(given: Any, report: Report) -> dict[str, Any]:
    if given is None or isinstance(given, ModuleType):  # `from motia import adapters`
        return {}
    if not isinstance(given, dict):
        allowed = 'a dict such as {"state": MyStateAdapter}'
        report(ProjectError(f"`adapters` is {kind_of(given)}", where=FILE_NAME, allowed=allowed))
        return {}
    found = {}
    for kind, value in given.items():
        if kind not in KINDS:
            report(ProjectError(f"`adapters` has the key {kind!r}", where=FILE_NAME, allowed=", ".join(KINDS)))
        elif wrong := _wrong_adapter(kind, value, KINDS[kind]):
            report(wrong)
        elif value is not None:
            found[kind] = value
    return found


def _wrong_adapter(kind: str, value: Any, interface: type) -> ProjectError | None:
    if value is not None and not callable(value) and not (isinstance(value, interface) and kind != "streams"):
        wanted = "a class or a function of a stream's name" if kind == "streams" else "an instance, class or function"
        return ProjectError(f'adapters["{kind}"] is {value!r}', where=FILE_NAME, allowed=wanted)
    if not isinstance(value, type):
        return None
    if not issubclass(value, interface):
        return ProjectError(
            f'adapters["{kind}"] is {value.__name__}, no subclass of {interface.__name__}',
            where=FILE_NAME,
            remedy=f"derive it from motia.adapters.{interface.__name__}",
        )
    if missing := sorted(getattr(value, "__abstractmethods__", ())):
        return ProjectError(
            f'adapters["{kind}"] is {value.__name__}, which lacks {", ".join(missing)}',
            where=FILE_NAME,
            remedy="define these methods",
        )
    return None


def _stream_auth(given: Any, report: Report) -> StreamAuth | None:
    if given is None:
        return None
    allowed = '{"authenticate": a function of {"headers", "url"}, "contextSchema": a JSON Schema}'

    def refuse(what: str) -> None:
        report(ProjectError(what, where=FILE_NAME, allowed=allowed))

    if not isinstance(given, dict):
        refuse(f"`streamAuth` is {kind_of(given)}")
        return None
    for key in given:
        if key not in ("authenticate", "contextSchema"):
            refuse(f"`streamAuth` has the key {str(key)!r}")
    authenticate, schema = given.get("authenticate"), given.get("contextSchema")
    if schema is not None and not isinstance(schema, dict):
        refuse(f"streamAuth.contextSchema is {kind_of(schema)}")
    if not callable(authenticate):
        refuse(f"streamAuth.authenticate is {kind_of(authenticate)}")
        return None
    return StreamAuth(authenticate, schema)
