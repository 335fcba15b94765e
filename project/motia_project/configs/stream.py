"""A stream file's configuration, validated into a Stream."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from motia.names import step_id
from motia_project.configs.base import Strict, Text, refusal
from motia_project.configs.json_schema import Schema
from motia_project.configs.problems import problems_of, unreadable_keys
from motia_project.configs.words import WORDS, spoken
from motia_project.model import Language, Problem, Stream
from motia_project.readings import Reading

_REMEDIES = {
    "name": 'add "name": the stream is context.streams.<name>',
}


def _name(value: str) -> str:
    if value.startswith("__motia"):
        raise refusal("names that begin with __motia are taken")
    if "#" in value or "/" in value:
        raise refusal("the name has a '#' or a '/'", remedy="use letters, digits, '-' and '_'")
    return value


def _storage(value: Any) -> Any:
    if value != "default":
        raise refusal("the storage type is not supported", allowed="default")
    return value


def _access(value: Any) -> Any:
    if value is not None:
        raise refusal("the value is not a function", allowed="a function (subscription, auth_context)")
    return value


class BaseConfig(Strict):
    """Where a stream's items are kept."""

    storageType: Annotated[Literal["default"], BeforeValidator(_storage)] = "default"


class StreamConfig(Strict):
    """A real-time stream."""

    name: Annotated[Text, AfterValidator(_name)]
    schema_: Annotated[Schema, Field(alias="schema")] = None
    description: str | None = None
    baseConfig: BaseConfig | None = None
    canAccess: Annotated[None, BeforeValidator(_access)] = None
    can_access: Annotated[None, BeforeValidator(_access)] = None


def to_stream(reading: Reading, language: Language) -> tuple[Stream | None, tuple[Problem, ...]]:
    """The stream a file defines, or None and why not."""
    stream, problems = _to_stream(reading, language)
    return stream, tuple(spoken(problem, language) for problem in problems)


def _to_stream(reading: Reading, language: Language) -> tuple[Stream | None, tuple[Problem, ...]]:
    if reading.config is None:
        return None, reading.problems
    problems = reading.problems
    if "type" in reading.config:
        remedy = f"a Step's file is named {WORDS[language].step_files}: rename it"
        return None, (Problem("a stream has no type", file=reading.file, key="type", remedy=remedy),)
    try:
        config = StreamConfig.model_validate(reading.config)
    except ValidationError as error:
        unreadable = unreadable_keys(problems)
        found = problems_of(error, StreamConfig, reading.file, remedies=_REMEDIES)
        return None, (*problems, *(problem for problem in found if problem.key not in unreadable))
    if any(problem.severity == "error" for problem in problems):
        return None, problems
    schema = config.schema_ if isinstance(config.schema_, dict) else None
    stream = Stream(
        name=config.name,
        id=step_id(config.name),
        language=language,
        file=reading.file,
        schema=schema,
        can_access=reading.can_access,
    )
    return stream, problems
