"""`GET /openapi.json`: the API Steps as they are served now."""

from __future__ import annotations

from motia.http import HttpResponse
from motia.response import json_response
from motia_project.model import Project


class ApiDocument:
    """Makes the document when it is first asked for, once for each state of the project."""

    def __init__(self) -> None:
        self._project: Project | None = None
        self._made: HttpResponse | None = None

    def take(self, project: Project) -> None:
        """The project changed."""
        self._project, self._made = project, None

    def answer(self) -> HttpResponse:
        """The document, for pages from anywhere: what it describes is open to them too."""
        if self._made is None:
            if self._project is None:
                return json_response(503, {"message": "Service Unavailable"})
            from motia_project.openapi import make_openapi

            self._made = json_response(200, make_openapi(self._project))
        return self._made
