"""Is something answering, and is it an emulator. Plain HTTP: no SDK has to be loaded to know."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"


def answers(url: str, *, timeout_s: float = 2) -> bool:
    """Something speaks HTTP at `url`."""
    return _get(url, "/", timeout_s) is not None


def ready(url: str, *, timeout_s: float = 2) -> bool:
    """ministack at `url` serves, and refuses a Lambda call without credentials: enforcement is on."""
    up = _get(url, "/_ministack/ready", timeout_s)
    if up is None or up[0] != 200:
        return False
    refused = _get(url, "/2015-03-31/functions/", timeout_s)
    return refused is not None and refused[0] in (401, 403)


def is_ministack(url: str, *, timeout_s: float = 2) -> bool:
    """`url` is a ministack, and not another emulator."""
    answer = _get(url, "/_ministack/health", timeout_s)
    if answer is None or answer[0] != 200:
        return False
    try:
        body: Any = json.loads(answer[1])
    except ValueError:
        return False
    return isinstance(body, dict) and "services" in body


def post(url: str, path: str, *, timeout_s: float = 10) -> int:
    """Status of an empty POST; 0 when nobody answers."""
    answer = _request(url, "POST", path, timeout_s)
    return answer[0] if answer else 0


def free_port(wanted: int = 0) -> int | None:
    """A loopback port nobody listens on: `wanted`, or None when that is taken; any, for 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if wanted and probe.connect_ex((HOST, wanted)) == 0:
            return None
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            return None
        return int(probe.getsockname()[1])


def _get(url: str, path: str, timeout_s: float) -> tuple[int, bytes] | None:
    return _request(url, "GET", path, timeout_s)


def _request(url: str, method: str, path: str, timeout_s: float) -> tuple[int, bytes] | None:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    except (ValueError, http.client.HTTPException):
        return None
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
