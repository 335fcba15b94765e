"""The document: one operation for each API Step and path, from the Step's configuration.

"OpenAPI Specification v3.1.0", sections Paths Object, Operation Object and Components Object.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from motia.errors import ProjectError
from motia.paths import WILDCARD, compile_path
from motia_project.model import Problem, Project, Step
from motia_project.node.package_manager import read_package
from motia_project.openapi.components import Components
from motia_project.openapi.templates import PathParameter, Template, templates

VERSION = "3.1.0"
DEFAULT_VERSION = "1.0.0"  # of an API that does not say


def make_openapi(project: Project, *, title: str | None = None, version: str = DEFAULT_VERSION) -> dict[str, Any]:
    """The OpenAPI document of a project. title: by default the name in package.json, else the project's.

    Of two Steps that answer the same request the document has the one that is served; `left_out` names wildcards that
    it cannot have.
    """
    document = _Document()
    steps = [step for step in project.steps if step.type == "api" and step.method and step.path]
    for step in sorted(steps, key=lambda step: compile_path(step.path or "/").rank):
        for number, template in enumerate(templates(step.path or "/")):
            document.add(step, template, optional=number > 0)
    found: dict[str, Any] = {
        "openapi": VERSION,
        "info": {"title": title or _package_name(project.root) or project.settings.name, "version": version},
        "paths": dict(sorted(document.paths.items())),
    }
    if document.components.schemas:
        found["components"] = {"schemas": dict(sorted(document.components.schemas.items()))}
    flows = dict.fromkeys(flow for step in steps for flow in step.flows)
    if flows:
        found["tags"] = [{"name": flow} for flow in flows]
    return found


def _package_name(root: Path) -> str | None:
    """As it is written, with its scope."""
    try:
        name = (read_package(root) or {}).get("name")
    except ProjectError:
        return None
    return name if isinstance(name, str) else None


def left_out(project: Project) -> list[Problem]:
    """Warnings of Steps that the document does not have: OpenAPI knows no path of which the rest varies, so for it
    `/files/*` is `/files/:name`, which is served before it."""
    served: dict[tuple[str | None, str], Step] = {}
    problems = []
    steps = [step for step in project.steps if step.type == "api" and step.method and step.path]
    for step in sorted(steps, key=lambda step: compile_path(step.path or "/").rank):
        shape = templates(step.path or "/")[0].shape
        first = served.setdefault((step.method, shape), step)
        if first is not step and compile_path(step.path or "/").wildcard:
            problems.append(
                Problem(
                    f"is not in the document: for OpenAPI its path is that of {first.file}, {first.path}",
                    file=step.file,
                    key="path",
                    value=step.path,
                    severity="warning",
                )
            )
    return problems


class _Document:
    def __init__(self) -> None:
        self.paths: dict[str, dict[str, Any]] = {}
        self.components = Components()
        self._templates: dict[str, Template] = {}  # by shape
        self._ids: set[str] = set()

    def add(self, step: Step, template: Template, *, optional: bool) -> None:
        # `/a/{id}` and `/a/{name}` are one path for OpenAPI: the names of the first stand for both.
        first = self._templates.setdefault(template.shape, template)
        item = self.paths.setdefault(first.text, {})
        method = (step.method or "").lower()
        if method in item:
            return
        parameters = [
            _path_parameter(shown.name, own) for shown, own in zip(first.parameters, template.parameters, strict=True)
        ]
        item[method] = self._operation(step, parameters, optional=optional)

    def _operation(self, step: Step, parameters: list[dict[str, Any]], *, optional: bool) -> dict[str, Any]:
        config = step.config
        owner = _identifier(step.name)
        operation: dict[str, Any] = {"operationId": self._id(f"{owner}WithoutParameter" if optional else owner)}
        operation["summary"] = step.name
        if config.get("description"):
            operation["description"] = config["description"]
        if step.flows:
            operation["tags"] = list(step.flows)
        parameters = [*parameters, *_query_parameters(config.get("queryParams") or [])]
        if parameters:
            operation["parameters"] = parameters
        body = config.get("bodySchema")
        if body is not None:
            content = {"application/json": {"schema": self.components.take(body, f"{owner}Body")}}
            operation["requestBody"] = {"content": content, **({"required": True} if _needs(body) else {})}
        operation["responses"] = self._responses(config.get("responseSchema") or {}, owner)
        return operation

    def _responses(self, schemas: dict[str, Any], owner: str) -> dict[str, Any]:
        responses: dict[str, Any] = {}
        for status, schema in sorted(schemas.items()):
            responses[status] = {"description": f"Response for status code {status}"}
            if schema is not None:
                taken = self.components.take(schema, f"{owner}Response{status}")
                responses[status]["content"] = {"application/json": {"schema": taken}}
        return responses or {"default": {"description": "The Step does not say"}}

    def _id(self, wanted: str) -> str:
        candidates = (wanted, *(f"{wanted}_{n}" for n in range(2, len(self._ids) + 3)))
        found = next(name for name in candidates if name not in self._ids)
        self._ids.add(found)
        return found


def _path_parameter(name: str, own: PathParameter) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if own.key == WILDCARD:
        found["description"] = 'The rest of the path, slashes included; `pathParams["0"]` in the Step'
    elif own.key != name:
        found["description"] = f'`pathParams["{own.key}"]` in the Step'
    return found


def _query_parameters(declared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for parameter in declared:
        described = {"description": parameter["description"]} if parameter.get("description") else {}
        shape = {"name": parameter["name"], "in": "query", "required": False, **described, "schema": {"type": "string"}}
        found.setdefault(parameter["name"], shape)
    return list(found.values())


def _needs(schema: Any) -> bool:
    """Whether a body must be sent: an absent one reaches the handler as an empty object."""
    return isinstance(schema, dict) and (bool(schema.get("required")) or schema.get("type", "object") != "object")


def _identifier(name: str) -> str:
    """A Step's name for a programming language: kept when it is one, else its words run together."""
    words = [word for word in re.split(r"[^A-Za-z0-9_]+", name) if word]
    if len(words) > 1:
        words = [word[0].upper() + word[1:] for word in words]
    joined = "".join(words)
    return joined if joined and not joined[0].isdigit() else f"Step{joined}"
