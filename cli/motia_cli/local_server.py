"""Asking the local server: one request, one JSON answer."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from motia.errors import MotiaError, ProjectError

TOKEN_VARIABLE = "MOTIA_ADMIN_TOKEN"


class NoServer(ProjectError):
    """Nothing answers on the port."""


class LocalServer:
    """The server on a port of this machine. The token in MOTIA_ADMIN_TOKEN goes with every request."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, query: list[tuple[str, str]]) -> Any:
        """The answer to a GET."""
        return self._ask(urllib.request.Request(f"{self.url}{path}{'?' if query else ''}{urlencode(query)}"))

    def post(self, path: str, body: Any) -> Any:
        """The answer to a POST of JSON."""
        return self._ask(urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), method="POST"))

    def _ask(self, request: urllib.request.Request) -> Any:
        request.add_header("content-type", "application/json")
        token = os.environ.get(TOKEN_VARIABLE)
        if token:
            request.add_header("authorization", f"Bearer {token}")
        where = request.full_url.partition("?")[0]
        try:
            with self._opener.open(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            raise _refused(refused, where) from None
        except (OSError, http.client.HTTPException) as failed:
            raise NoServer(
                f"No server answers at {where}: {getattr(failed, 'reason', failed)}",
                remedy="Start it with 'motia dev', or name its port with --port",
            ) from None
        except ValueError:
            raise _not_ours(where) from None


def _refused(refused: urllib.error.HTTPError, where: str) -> MotiaError:
    text = refused.read().decode(errors="replace")
    try:
        error = json.loads(text)["error"]
    except (ValueError, TypeError, KeyError):
        return _not_ours(where)  # ours says what is wrong as JSON
    if refused.code == 401:
        remedy = f"Put the token that the server printed at its start into {TOKEN_VARIABLE}"
        return ProjectError("The server wants its token", where=where, remedy=remedy)
    return ProjectError(f"The server refused: {error}", where=where)


def _not_ours(where: str) -> ProjectError:
    return ProjectError("What answers is not a motia server", where=where, remedy="Name the server's port with --port")
