"""Who may use the server's own routes: programs on this machine, not web pages from elsewhere.

A browser says where a page comes from (Origin, Sec-Fetch-Site) and which name it asked for (Host, which a page can
point at this machine by DNS). A server that other machines reach needs a token besides. Steps decide for themselves;
this is for `/emit` and `/__motia/`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

TOKEN_VARIABLE = "MOTIA_ADMIN_TOKEN"

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEDY = f"send the header `Authorization: Bearer` with the token of {TOKEN_VARIABLE}, or the one the server printed"


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refuse(headers: Iterable[tuple[str, str]], host: str) -> str | None:
    """Why a request is refused, None when it is not. host: the address the server listens on."""
    for name, value in headers:
        if name == "origin" and value != "null":
            origin = _name(value.partition("://")[2])
            if not (is_loopback(origin) or origin == host):
                return f"the origin {value!r} is not this machine"
        elif name == "origin":
            return "the page has no origin"
        elif name == "host" and is_loopback(host) and not is_loopback(_name(value)):
            return f"the host {value!r} is not this machine"
    return None


@dataclass(frozen=True)
class Refusal:
    """An answer instead of what was asked for. status: of HTTP."""

    status: int
    error: str


class Guard:
    """host: the address the server listens on. token: asked for when that is not this machine's alone; one is made
    when none is given."""

    def __init__(self, host: str, token: str | None = None) -> None:
        self.host = host
        self.token = None if is_loopback(host) else token or secrets.token_urlsafe(24)
        self.token_is_new = self.token is not None and self.token != token

    def emit(self, headers: Iterable[tuple[str, str]]) -> Refusal | None:
        """Whether `POST /emit` is refused. Pages of this machine may emit, as may everything that is no page."""
        found = _Headers(headers)
        if found.origins and all(origin == found.own_origin for origin in found.origins):
            found.origins.clear()
        wrong = refuse(found.pairs(), self.host)
        if wrong:
            return Refusal(403, wrong)
        return self._token(found) or (_json_only(found) if found.of_a_page else None)

    def admin(self, method: str, headers: Iterable[tuple[str, str]]) -> Refusal | None:
        """Whether a request below `/__motia/` is refused. Of pages only those that the server itself has sent may ask,
        and nobody may change anything with what a form can send."""
        found = _Headers(headers)
        if not found.hosts or not all(self._may_be_called(_name(host)) for host in found.hosts):
            return Refusal(403, f"the host {', '.join(found.hosts) or 'without a name'} is not this server")
        if not all(origin == found.own_origin for origin in found.origins):
            return Refusal(403, f"the origin {', '.join(found.origins)!r} is not this server")
        if not all(site in ("same-origin", "none") for site in found.sites):
            return Refusal(403, "the request comes from a page of another site")
        return self._token(found) or (None if method in _SAFE else _json_only(found))

    def _may_be_called(self, name: str) -> bool:
        return is_loopback(name) or self.host in _EVERYWHERE or name == self.host.lower()

    def _token(self, found: _Headers) -> Refusal | None:
        if self.token is None:
            return None
        scheme, _, given = (found.authorization or "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode()):
            return None
        return Refusal(401, f"the token is {'wrong' if found.authorization else 'missing'}: {_REMEDY}")


class _Headers:
    """What of a request's headers decides."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        self.hosts = values.get("host", [])
        self.origins = [origin.lower() for origin in values.get("origin", [])]
        self.sites = values.get("sec-fetch-site", [])
        self.authorization = next(iter(values.get("authorization", [])), None)
        self.content_type = next(iter(values.get("content-type", [])), "")
        self.of_a_page = bool(self.origins or self.sites)

    @property
    def own_origin(self) -> str | None:
        """The origin of a page that this server has sent, as the request names the server."""
        return f"http://{self.hosts[0].lower()}" if self.hosts else None

    def pairs(self) -> list[tuple[str, str]]:
        return [("host", host) for host in self.hosts] + [("origin", origin) for origin in self.origins]


def _json_only(found: _Headers) -> Refusal | None:
    kind = found.content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return None
    return Refusal(415, "the content type must be application/json")


def _name(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
