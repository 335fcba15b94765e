"""Requests as a test writes them, responses as a test reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from motia.errors import ProjectError
from motia.http import HttpRequest, HttpResponse
from motia.jsonable import dumps
from motia.request import Request, join_headers, read_request

_PATH_SAFE = "/%:@!$&'()*+,;=-._~"


class Headers(dict[str, str]):
    """Headers by name, in any case; repeated ones joined by ", "."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


@dataclass(frozen=True)
class Response:
    """The answer of an API Step. content: bytes as they go on the wire. error: what the handler raised, as its log
    record tells it ({message, name, stack}); clients never see it."""

    status: int
    headers: Headers
    content: bytes
    trace_id: str | None = None
    error: dict[str, str] | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body read as JSON. ValueError when it is none."""
        return json.loads(self.content)

    @property
    def body(self) -> Any:
        """The body by its content type: JSON, text as str, anything else as bytes, None when it is empty."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        if not self.content:
            return None
        if kind == "application/json" or kind.endswith("+json"):
            return self.json()
        return self.text if kind.startswith("text/") else self.content

    def __repr__(self) -> str:
        shown = self.text if len(self.content) <= 300 else f"{self.text[:300]}..."
        cause = f", error: {self.error['stack'] or self.error['message']}" if self.error else ""
        return f"<Response {self.status} {shown!r}{cause}>"


def make_response(answer: HttpResponse, trace_id: str | None = None, error: dict[str, str] | None = None) -> Response:
    """`answer` for a test."""
    return Response(answer.status, Headers(join_headers(answer.headers)), answer.body, trace_id, error)


def make_request(
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: Mapping[str, str | Iterable[str]] | None = None,
    query: Mapping[str, Any] | None = None,
    path_params: Mapping[str, str] | None = None,
) -> HttpRequest:
    """A request as a client would send it.

    path: may hold a query, need not be encoded. body: bytes as they are, str as text/plain, None for none, anything
    else as JSON, or as a form when `headers` say so. query: a list is sent as a repeated parameter.
    """
    path, _, written = path.partition("?")
    if not path.startswith("/"):
        raise ProjectError(f"{path!r} is not a path", allowed='"/orders", "/orders/1?full=yes"')
    asked = urlencode({key: _text(value) for key, value in (query or {}).items()}, doseq=True)
    pairs = [
        (name.lower(), str(value))
        for name, given in (headers or {}).items()
        for value in ([given] if isinstance(given, str) or not isinstance(given, Iterable) else given)
    ]
    kinds = [value for name, value in pairs if name == "content-type"]
    payload, kind = _encode(body, kinds[0] if kinds else "")
    if kind and not kinds:
        pairs.append(("content-type", kind))
    if payload and not any(name == "content-length" for name, _ in pairs):
        pairs.append(("content-length", str(len(payload))))
    return HttpRequest(
        method.upper(),
        quote(path, safe=_PATH_SAFE),
        "&".join(part for part in (written, asked) if part),
        tuple(pairs),
        payload,
        dict(path_params or {}),
    )


def request(
    method: str = "POST",
    path: str = "/",
    *,
    body: Any = None,
    headers: Mapping[str, str | Iterable[str]] | None = None,
    query: Mapping[str, Any] | None = None,
    path_params: Mapping[str, str] | None = None,
) -> Request:
    """What a handler gets as `req`, for a handler called by hand. RequestError for a body that cannot be read."""
    return read_request(make_request(method, path, body=body, headers=headers, query=query, path_params=path_params))


def fill_path(pattern: str, values: Mapping[str, Any]) -> str:
    """The path of a Step with its parameters put in. ProjectError when one is missing, or is not of the path."""
    left = {name: str(value) for name, value in values.items()}
    segments = []
    for segment in pattern.split("/"):
        name = "0" if segment == "*" else segment.removeprefix(":").removesuffix("?")
        if segment != "*" and not segment.startswith(":"):
            segments.append(segment)
        elif name in left:
            segments.append(quote(left.pop(name), safe="/" if segment == "*" else ""))
        elif not segment.endswith("?"):
            raise ProjectError(
                f"the path {pattern} needs {name!r}", remedy=f'pass path_params={{"{name}": ...}}', where="call"
            )
    if left:
        raise ProjectError(f"the path {pattern} has no parameter {sorted(left)[0]!r}", where="call")
    return "/".join(segments) or "/"


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(item) for item in value]
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value


def _encode(body: Any, kind: str) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if isinstance(body, bytes | bytearray):
        return bytes(body), "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    if kind.startswith("application/x-www-form-urlencoded"):
        return urlencode(body, doseq=True).encode(), kind
    return dumps(body, "body", ProjectError), "application/json"
