"""The request a handler sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from motia.http import HttpRequest
from motia.http_body import MAX_BODY_BYTES, read_body
from motia.query import parse

_SNAKE = {"path_params": "pathParams", "query_params": "queryParams", "raw_body": "rawBody"}


class Request(dict[str, Any]):
    """`body`, `headers`, `pathParams`, `queryParams`, `rawBody`, what middleware adds; `req["body"]` is `req.body`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[_SNAKE.get(name, name)]
        except KeyError:
            raise AttributeError(f"the request has no {name!r}; it has {', '.join(self)}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[_SNAKE.get(name, name)] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[_SNAKE.get(name, name)]
        except KeyError:
            raise AttributeError(f"the request has no {name!r}") from None


def read_request(request: HttpRequest, limit: int = MAX_BODY_BYTES) -> Request:
    """`request` as a handler sees it; RequestError when its body cannot be read (limit: bytes)."""
    headers = join_headers(request.headers)
    body, raw = read_body(headers, request.body, limit)
    return Request(
        body=body,
        headers=headers,
        pathParams=dict(request.path_params),
        queryParams=parse(request.query) if request.query else {},
        rawBody=raw,
    )


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; repeated ones joined by ", ", cookies by "; "."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        if key in headers:
            headers[key] += ("; " if key == "cookie" else ", ") + value
        else:
            headers[key] = value
    return headers
