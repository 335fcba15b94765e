"""A Step file's configuration and handler, validated into a Step."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from motia.names import step_id
from motia_project.configs.api import ApiConfig
from motia_project.configs.cron import CronConfig
from motia_project.configs.event import EventConfig
from motia_project.configs.infrastructure import DEFAULT_RAM_MB, DEFAULT_TIMEOUT_S, Infrastructure
from motia_project.configs.noop import NoopConfig
from motia_project.configs.problems import did_you_mean, problems_of, shown, unreadable_keys
from motia_project.configs.words import WORDS, spoken
from motia_project.model import Language, Problem, Queue, Step
from motia_project.readings import HandlerShape, Reading

_Config = ApiConfig | EventConfig | CronConfig | NoopConfig
MODELS: dict[str, type[_Config]] = {"api": ApiConfig, "event": EventConfig, "cron": CronConfig, "noop": NoopConfig}

_REMEDIES = {
    "name": 'add "name": a text that no other Step has',
    "emits": 'add "emits": the topics this Step emits, [] if none',
    "path": 'add "path": such as "/users/:id"',
    "method": 'add "method": such as "GET"',
    "subscribes": 'add "subscribes": the topics this Step listens to',
    "cron": 'add "cron": such as "0 9 * * *" for 9:00 every day',
    "virtualEmits": 'add "virtualEmits": [] if there are none',
    "virtualSubscribes": 'add "virtualSubscribes": [] if there are none',
}
_ONLY = {
    "infrastructure": "only event Steps have `infrastructure`",
    "middleware": "only api Steps have `middleware`",
    "bodySchema": "only api Steps have `bodySchema`; the schema of an event is `input`",
    "input": "only event Steps have `input`; the schema of a request is `bodySchema`",
    "subscribes": "only event Steps have `subscribes`; for the Workbench there is `virtualSubscribes`",
    "path": "only api Steps have `path`",
    "method": "only api Steps have `method`",
    "cron": "only cron Steps have `cron`",
    "timezone": "only cron Steps have `timezone`",
    "emits": "a noop Step runs nothing; for the Workbench there is `virtualEmits`",
}


def to_step(reading: Reading, language: Language) -> tuple[Step | None, tuple[Problem, ...]]:
    """The Step a file defines, or None and why not."""
    step, problems = _to_step(reading, language)
    problems = tuple(spoken(problem, language) for problem in problems)
    # a warning, such as for a schema that only documents, does not make it another Step
    return (None if any(problem.severity == "error" for problem in problems) else step), problems


def _to_step(reading: Reading, language: Language) -> tuple[Step | None, tuple[Problem, ...]]:
    if reading.config is None:
        return None, reading.problems
    problems = list(reading.problems)
    kind = reading.config.get("type")
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return None, (*problems, _type_problem(reading, language))
    given = dict(reading.config)
    if reading.middleware is not None:
        given["middleware"] = reading.middleware
    unreadable = unreadable_keys(problems)
    step = None
    try:
        step = _build(model.model_validate(given), reading, language)
    except ValidationError as error:
        found = problems_of(error, model, reading.file, remedies=_remedies(model))
        # A value that could not be read was reported; that it is missing now is no news.
        problems += [problem for problem in found if problem.key not in unreadable]
    problems += step_problems(str(kind), reading, language)
    return step, tuple(problems)


def step_problems(kind: str, reading: Reading, language: Language = "python") -> list[Problem]:
    """What is wrong with the handler of a Step of this type."""
    if kind == "noop":
        return []
    words = WORDS[language]
    parameters = words.parameters[kind]
    written = words.handler.format(parameters=parameters)
    shape = reading.handler
    if shape is None:
        remedy = f"{'define' if language == 'python' else 'write'} `{written}`"
        return [Problem(words.no_handler, file=reading.file, key="handler", remedy=remedy)]
    if not shape.callable:
        what = f"`handler` is a value of type {shape.text}, it must be a function"
        return [Problem(what, file=reading.file, key="handler", allowed=written)]
    if shape.kind != "function":
        what, remedy = _OTHER_KINDS[shape.kind]
        return [Problem(what, file=reading.file, key="handler", allowed=written, remedy=remedy)]
    if not _fits(shape):
        return [
            Problem(
                "`handler` cannot be called with what it is given",
                file=reading.file,
                key="handler",
                value=f"handler{shape.text}",
                allowed=f"handler{parameters}",
                remedy="take fewer, or give the rest defaults",
            )
        ]
    return []


_OTHER_KINDS = {
    "generator": (
        "`handler` is a generator function, of which nothing runs when it is called",
        "write `return` where it has `yield`",
    ),
    "class": ("`handler` is a class, it must be a function", "call its method in a function"),
}


def _fits(shape: HandlerShape) -> bool:
    return shape.required <= 2 and not shape.keyword_only


def _type_problem(reading: Reading, language: Language) -> Problem:
    config = reading.config or {}
    allowed = ", ".join(MODELS)
    if "type" not in config:
        remedy = 'add "type": such as "api"'
        if "schema" in config or "baseConfig" in config:
            remedy = f"a stream's file is named {WORDS[language].stream_files}: rename it"
        return Problem("the key is missing", file=reading.file, key="type", allowed=allowed, remedy=remedy)
    value = config["type"]
    remedy_text = did_you_mean(value, list(MODELS)) if isinstance(value, str) else None
    return Problem("invalid Step type", reading.file, "type", shown(value), allowed, remedy_text)


def _remedies(model: type[_Config]) -> dict[str, str]:
    return _REMEDIES | {key: text for key, text in _ONLY.items() if key not in model.model_fields}


def _build(config: _Config, reading: Reading, language: Language) -> Step:
    emits = () if isinstance(config, NoopConfig) else tuple(dict.fromkeys(emit.topic for emit in config.emits))
    extra: dict[str, Any] = {}
    if isinstance(config, ApiConfig):
        extra = {"method": config.method, "path": config.path, "has_middleware": bool(config.middleware)}
    elif isinstance(config, EventConfig):
        infrastructure = config.infrastructure or Infrastructure()
        extra = {
            "subscribes": tuple(dict.fromkeys(config.subscribes)),
            "memory_mb": infrastructure.ram_mb,
            "timeout_s": infrastructure.timeout_s,
            "queue": _queue(infrastructure),
        }
    elif isinstance(config, CronConfig):
        extra = {"cron": config.cron, "timezone": config.timezone}
    return Step(
        name=config.name,
        id=step_id(config.name),
        type=config.type,
        language=language,
        file=reading.file,
        config=dict(reading.config or {}),
        flows=tuple(dict.fromkeys(config.flows or ())),
        emits=emits,
        include_files=() if isinstance(config, NoopConfig) else tuple(config.includeFiles or ()),
        **{"memory_mb": DEFAULT_RAM_MB, "timeout_s": DEFAULT_TIMEOUT_S, **extra},
    )


def _queue(infrastructure: Infrastructure) -> Queue:
    queue = infrastructure.queue
    if queue is None:
        return Queue()
    return Queue(
        fifo=queue.type == "fifo",
        max_retries=3 if queue.maxRetries is None else queue.maxRetries,
        visibility_timeout_s=queue.visibilityTimeout or 0,
        delay_s=queue.delaySeconds or 0,
        concurrency=queue.concurrency,
    )
