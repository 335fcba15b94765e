"""What all configurations share: strictness, and the fields that every type of Step has."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

NAME_LIMIT = 255


def refusal(what: str, *, allowed: str | None = None, remedy: str | None = None) -> PydanticCustomError:
    """A validation error that carries its own text, allowed values and remedy."""
    context = {"what": what, "allowed": allowed, "remedy": remedy}
    return PydanticCustomError("motia", "{what}", context)


class Strict(BaseModel):
    """Values are not converted, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _plain_text(value: str) -> str:
    if not value.strip():
        raise refusal("the text is empty")
    if value != value.strip():
        raise refusal("the text starts or ends with a space", remedy=f"write {value.strip()!r}")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise refusal("the text has a line break or another control character")
    if len(value) > NAME_LIMIT:
        raise refusal(f"the text has {len(value)} characters", allowed=f"{NAME_LIMIT} characters at most")
    return value


Text = Annotated[str, AfterValidator(_plain_text)]
"""One line of text, not empty: a name, a topic, a flow."""


class Emit(Strict):
    """A topic a Step emits; label and conditional are for the Workbench."""

    topic: Text
    label: str | None = None
    conditional: bool | None = None


def _emit(value: Any) -> Any:
    if isinstance(value, str):
        return {"topic": value}
    if isinstance(value, dict):
        return value
    raise refusal(
        f"the value is {type_name(value)}", allowed='a topic, or {"topic": ..., "label": ..., "conditional": ...}'
    )


def _one_topic(value: Any) -> Any:
    if isinstance(value, str):
        raise refusal("the value is text, it must be a list", remedy=f'write ["{value}"]')
    return value


Topics = Annotated[list[Text], BeforeValidator(_one_topic)]
Emits = Annotated[list[Annotated[Emit, BeforeValidator(_emit)]], BeforeValidator(_one_topic)]


class StepConfig(Strict):
    """Fields of every type of Step."""

    name: Text
    description: str | None = None
    flows: Topics | None = None


class RunningConfig(StepConfig):
    """Fields of every type of Step that has a handler."""

    emits: Emits
    virtualEmits: Emits | None = None
    virtualSubscribes: Topics | None = None
    includeFiles: Topics | None = None


def type_name(value: Any) -> str:
    """The JSON type of a value, in the words of Python, with an article."""
    if value is None:
        return "None"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "a dictionary"}
    return names.get(type(value), type(value).__name__)
