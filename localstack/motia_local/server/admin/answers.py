"""What every part of `/__motia/` answers with: JSON, and errors of one form, `{"error": ...}`."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from motia.errors import MotiaError, ProjectError, StepError

MOST = 10_000  # entries in one answer


class Problem(BaseModel):
    """Why a request was not answered. details: of values that are wrong, where and what."""

    error: str
    details: list[str] | None = None


class Answer(JSONResponse):
    """JSON of what is stored, whatever it is: half a surrogate pair leaves as an escape."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        try:
            return text.encode()
        except UnicodeEncodeError:
            return json.dumps(content, separators=(",", ":")).encode()


class Refused(Exception):
    """Answered with a status and an error."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


def _decoded(text: str) -> str:
    return unquote(text, errors="replace")


Segment = Annotated[str, Path(), AfterValidator(_decoded)]
"""A part of the path, percent-encoded: `a%2Fb` is the name `a/b`."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its documentation."""
    return {status: {"model": Problem} for status in statuses}


def handle_errors(app: FastAPI) -> None:
    """Give every error its form."""

    async def refused(_: Request, error: Exception) -> Response:
        return Answer({"error": str(error)}, error.status if isinstance(error, Refused) else 400)

    async def by_framework(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 400
        what = str(error.detail) if isinstance(error, HTTPException) else str(error)
        headers = error.headers if isinstance(error, HTTPException) else None
        return Answer({"error": what}, status, headers=dict(headers) if headers else None)

    async def invalid(_: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        details = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in found]
        return Answer({"error": "the request is not as it must be", "details": details}, 422)

    async def ours(_: Request, error: Exception) -> Response:
        # A wrong name or value is the client's; a database that cannot be used is nobody's, and passes.
        return Answer({"error": str(error)}, 503 if isinstance(error, ProjectError) else 400)

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, by_framework)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(StepError, ours)
    app.add_exception_handler(MotiaError, ours)
