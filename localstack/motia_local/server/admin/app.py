"""The application behind `/__motia/`, put together from one router a subject."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, cast

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from motia_local.server.admin import endpoints, flows, info, logs, queues, state, steps, streams, traces
from motia_local.server.admin.answers import Answer, handle_errors, problems

if TYPE_CHECKING:
    from motia_local.server.app import App
    from motia_local.server.local import LocalServer

PREFIX = "/__motia"
_TOKEN = HTTPBearer(auto_error=False, description="Asked for when the server does not listen on this machine alone")

_DESCRIPTION = """\
What a local server knows: flows, endpoints, state, streams, queues, logs and traces of the project it serves.

Names in paths are percent-encoded, slashes too. Times are milliseconds since the epoch. Requests other than GET have
the content type `application/json`, with or without a body. Errors are `{"error": ...}`.
"""


def make_app(server: LocalServer) -> App:
    """The ASGI application for `server`; paths are taken from the scope as they were sent."""
    app = FastAPI(
        title="Motia local server",
        version=version("motia-aws"),
        description=_DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        default_response_class=Answer,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        dependencies=[Depends(_TOKEN)],
    )
    app.state.server = server
    handle_errors(app)
    for part in (info, flows, endpoints, steps, state, streams, queues, logs, traces):
        app.include_router(part.router, prefix=PREFIX, responses=problems(400, 401, 403, 422))
    return cast("App", app)


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}_{route.name}"
