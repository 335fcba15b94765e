"""The API Steps of a project as an OpenAPI 3.1 document."""

from motia_project.openapi.document import make_openapi

__all__ = ["make_openapi"]
