"""Who may use the server's own routes: programs on this machine, not web pages from elsewhere.

A browser says where a page comes from (Origin) and which name it asked for (Host, which a page can point at this
machine by DNS). Steps decide for themselves; this is for `/emit` and `/__motia/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    return host in LOOPBACK or host.startswith("127.") or host.endswith(".localhost")


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


def _name(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
