"""What a handler returns, as an HTTP response.

| body | sent as | default content type |
|---|---|---|
| absent | nothing | application/json |
| str | itself | text/html |
| bytes, bytearray, memoryview | itself | application/octet-stream |
| anything else, None included | JSON | application/json |

Statuses 204 and 304 have no body. Text goes out as UTF-8 and says so. The CORS headers are on every response; those of
a handler replace them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from motia.errors import RequestError, ResponseError
from motia.http import HttpResponse
from motia.jsonable import dumps
from motia.kinds import kind_of

CORS_HEADERS = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "*"),
    ("access-control-allow-headers", "*"),
    ("access-control-max-age", "600"),
)
_JSON = "application/json; charset=utf-8"
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer"})
_BODILESS = (204, 304)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_UNSAFE_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_TEXT_TYPE = re.compile(r"(text/.*|application/(json|javascript|xml)|.*\+(json|xml))\Z")
_ABSENT = object()
_REMEDY = 'return {"status": 200, "body": ...}'


def encode(result: Any, *, head: bool = False) -> HttpResponse:
    """The response for what a handler returned; ResponseError when it is none. head: answer a HEAD request."""
    if result is None:
        raise ResponseError("the handler returned nothing", remedy=_REMEDY)
    if isinstance(result, tuple) and not hasattr(result, "status"):
        raise ResponseError("the handler returned a tuple, which is not a response", remedy=_REMEDY)
    status = _status(result)
    headers = list(_header_pairs(_field(result, "headers")))
    body, kind = _body(_field(result, "body"))
    return _assemble(status, headers, b"" if status in _BODILESS else body, kind, head)


def json_response(status: int, body: Any) -> HttpResponse:
    """An answer of our own."""
    return _assemble(status, [], dumps(body, "body", ResponseError), _JSON, head=False)


def refusal(error: RequestError) -> HttpResponse:
    """The answer to a request that cannot be read: `error` says what; `detail` and `allowed` when there is more."""
    what, _, detail = error.what.partition(": ")
    more = {"detail": detail} if detail else {}
    return json_response(error.status, {"error": what, **more, **({"allowed": error.allowed} if error.allowed else {})})


def preflight() -> HttpResponse:
    """The answer to OPTIONS where no Step gives its own."""
    return HttpResponse(204, CORS_HEADERS)


def _assemble(status: int, own: list[tuple[str, str]], body: bytes, kind: str, head: bool) -> HttpResponse:
    given = {name for name, _ in own}
    headers = [pair for pair in CORS_HEADERS if pair[0] not in given] + own
    if status in _BODILESS:
        return HttpResponse(status, tuple(headers))
    if "content-type" not in given:
        headers.append(("content-type", kind))
    elif kind != "application/octet-stream":
        headers = [(name, _with_charset(value) if name == "content-type" else value) for name, value in headers]
    if head:
        headers.append(("content-length", str(len(body))))
        body = b""
    return HttpResponse(status, tuple(headers), body)


def _field(result: Any, name: str) -> Any:
    mapping = type(result) is dict or isinstance(result, Mapping)  # the former is the usual case, and quick to tell
    return result.get(name, _ABSENT) if mapping else getattr(result, name, _ABSENT)


def _status(result: Any) -> int:
    status = _field(result, "status")
    if status is _ABSENT:
        hint = "`statusCode` is not read here, `status` is" if _field(result, "statusCode") is not _ABSENT else None
        what = (
            "a response without status"
            if isinstance(result, Mapping)
            else f"{kind_of(result)}, which is not a response"
        )
        raise ResponseError(f"the handler returned {what}", allowed=hint, remedy=_REMEDY)
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    # 1xx announces another response, which a handler cannot send
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise ResponseError(f"{status!r} is not an HTTP status", allowed="200 to 599", remedy=_REMEDY)
    return int(status)


def _body(body: Any) -> tuple[bytes, str]:
    if body is _ABSENT:
        return b"", _JSON
    if isinstance(body, str):
        return body.encode("utf-8", "replace"), "text/html; charset=utf-8"
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body), "application/octet-stream"
    return dumps(body, "body", ResponseError), _JSON


def _header_pairs(headers: Any) -> Iterator[tuple[str, str]]:
    if headers is _ABSENT or headers is None:
        return
    if not isinstance(headers, Mapping):
        raise ResponseError(f"headers are {kind_of(headers)}", allowed="a dict of names and values")
    values: dict[str, list[str]] = {}  # of names that differ in case only, the last one counts
    for name, value in headers.items():
        if not isinstance(name, str) or not _TOKEN.match(name):
            raise ResponseError(f"{name!r} is not a header name", allowed="letters, digits and -")
        if name.lower() in _FRAMING:  # the server's business; a wrong length would break the connection
            continue
        several = value if isinstance(value, list | tuple) else [value]
        values[name.lower()] = [_header_value(name, item) for item in several if item is not None]
    for name, several in values.items():
        for item in several:
            yield name, item


def _header_value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str | int | float):
        raise ResponseError(f"the header {name} is {kind_of(value)}", allowed="str, number, or a list of them")
    text = (str.__str__(value) if isinstance(value, str) else str(value)).strip(" \t")
    if bad := _UNSAFE_VALUE.search(text):
        raise ResponseError(
            f"the header {name} holds the character {bad.group()!r}",
            allowed="printable characters of Latin-1, no line breaks",
            remedy="percent-encode the value",
        )
    return text


def _with_charset(value: str) -> str:
    return f"{value}; charset=utf-8" if ";" not in value and _TEXT_TYPE.match(value.strip().lower()) else value


NOT_FOUND = json_response(404, {"message": "Not Found"})
SERVER_ERROR = json_response(500, {"error": "Internal server error"})
