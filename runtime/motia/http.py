"""An HTTP exchange as plain data, whatever carried it: API Gateway, the local server, a test."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HttpRequest:
    """method: upper case. path: as sent, still percent-encoded, without query. query: raw, without "?".
    headers: (lower-case name, value) in order of arrival, repeated names repeated. path_params: decoded."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    path_params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HttpResponse:
    """headers: (name, value); a repeated name is sent repeatedly. body: bytes as they go on the wire."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
