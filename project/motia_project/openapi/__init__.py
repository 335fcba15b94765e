"""The API Steps of a project as an OpenAPI 3.1 document."""

from motia_project.openapi.document import left_out, make_openapi

__all__ = ["left_out", "make_openapi"]
