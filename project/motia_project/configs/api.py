"""`type: api`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from motia.errors import ProjectError
from motia.paths import compile_path
from motia_project.configs.base import RunningConfig, Strict, Text, refusal, type_name
from motia_project.configs.json_schema import Schema

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
RESERVED = "/__motia"

_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'+,;=@:*?/-]*")


def _method(value: Any) -> Any:
    if isinstance(value, str) and value not in METHODS:
        upper = value.strip().upper()
        remedy = f'write "{upper}"' if upper in METHODS else None
        raise refusal("the method is not one of those a route can have", allowed=", ".join(METHODS), remedy=remedy)
    return value


def _path(value: str) -> str:
    try:
        compile_path(value)
    except ProjectError as wrong:
        remedy = wrong.remedy
        if not value.startswith("/"):
            remedy = f'write "/{value.strip()}"'
        elif "?" in value and "=" in value:
            remedy = "leave out the query: it is in `queryParams` of the request"
        raise refusal(wrong.what, allowed=wrong.allowed, remedy=remedy) from None
    if not _PLAIN.fullmatch(value):
        raise refusal(
            f"the path {value!r} cannot be a route: it has a character that is not plain in a URL",
            allowed="letters, digits and -._~!$&'+,;=@ between slashes",
            remedy="take it as a parameter, such as /:name, which is decoded for the handler",
        )
    if value == RESERVED or value.startswith(RESERVED + "/"):
        raise refusal(f"the path {value!r} is taken: {RESERVED}/ belongs to the local server")
    return value


def _statuses(value: Any) -> Any:
    if isinstance(value, dict):
        wrong = [status for status in value if not re.fullmatch(r"[1-5][0-9][0-9]", status)]
        if wrong == list(value) and {"type", "properties", "anyOf", "oneOf", "allOf", "$ref"} & {*wrong}:
            raise refusal("it is one schema, not one for each HTTP status", remedy="write {200: the schema}")
        if wrong:
            names = ", ".join(map(repr, wrong))
            one = len(wrong) == 1
            what = f"the key {names} is not an HTTP status" if one else f"the keys {names} are no HTTP statuses"
            raise refusal(what, allowed="100-599")
    return value


class QueryParam(Strict):
    """One documented query parameter."""

    name: Text
    description: str | None = None


def _query_param(value: Any) -> Any:
    if not isinstance(value, dict):
        raise refusal(f"the value is {type_name(value)}", allowed='{"name": ..., "description": ...}')
    return value


class ApiConfig(RunningConfig):
    """An HTTP endpoint."""

    type: Literal["api"]
    path: Annotated[str, AfterValidator(_path)]
    method: Annotated[Literal["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"], BeforeValidator(_method)]
    bodySchema: Schema = None
    responseSchema: Annotated[dict[str, Schema] | None, BeforeValidator(_statuses)] = None
    queryParams: list[Annotated[QueryParam, BeforeValidator(_query_param)]] | None = None
    middleware: list[str] | None = None
