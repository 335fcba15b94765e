"""The server that a request is about."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from motia_local.server.local import LocalServer
from motia_local.server.reading import View


def _server(request: Request) -> LocalServer:
    server: LocalServer = request.app.state.server
    return server


def _view(request: Request) -> View:
    server = _server(request)
    return server.view or View.empty(server.root)


Served = Annotated[LocalServer, Depends(_server)]
Project = Annotated[View, Depends(_view)]
"""The project as it is served now."""
