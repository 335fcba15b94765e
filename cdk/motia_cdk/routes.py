"""The routes of an HTTP API, from the paths of the API Steps.

A GET Step answers HEAD too, which API Gateway does not do by itself; `:name?` and `/*` are two routes; a project whose
API Steps all live in one router needs one route only, because the router finds the Step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from motia.paths import compile_path
from motia_cdk.function_plan import FunctionPlan

DEFAULT = "$default"
_PARAMETER = re.compile(r"\{[^}+]*\}")


@dataclass(frozen=True)
class Route:
    """key: `GET /users/{id}`, or `$default`. function: id of the function that answers."""

    key: str
    function: str

    @property
    def identity(self) -> str:
        """The key without the names of its parameters: routes that differ in nothing else are the same route."""
        return _PARAMETER.sub("{}", self.key)


def plan_routes(functions: tuple[FunctionPlan, ...]) -> tuple[Route, ...]:
    """The routes to the API functions, sorted by key. A route that a Step declares wins over one that is implied."""
    api = [function for function in functions if function.kind == "api"]
    if len(api) == 1 and api[0].steps[0].bundle:
        return (Route(DEFAULT, api[0].id),)
    declared: dict[str, Route] = {}
    implied: dict[str, Route] = {}
    for function in api:
        for step in function.steps:
            first, *others = api_paths(step.config["path"])
            for method in _methods(step.config["method"]):
                routes = [Route(f"{method} {path}", function.id) for path in (first, *others)]
                declares = method == step.config["method"]
                for position, route in enumerate(routes):
                    target = declared if declares and position == 0 else implied
                    target.setdefault(route.identity, route)
    return tuple(sorted({**implied, **declared}.values(), key=lambda route: route.key))


def api_paths(path: str) -> list[str]:
    """API Gateway's spelling of an Express path; the first is the path proper, others are implied by it."""
    pattern = compile_path(path)
    segments = [segment for segment in path.split("/") if segment]
    if pattern.wildcard:
        base = _join(segments[:-1])
        proxy = f"{base.rstrip('/')}/{{proxy+}}"
        return [proxy, "/"] if base == "/" else [proxy]  # {proxy+} stands for at least one segment
    if pattern.optional:
        return [_join(segments), _join(segments[:-1])]
    return [_join(segments)]


def _join(segments: list[str]) -> str:
    return "/" + "/".join(
        f"{{{segment[1:].rstrip('?')}}}" if segment.startswith(":") else segment for segment in segments
    )


def _methods(method: str) -> Iterator[str]:
    yield method
    if method == "GET":
        yield "HEAD"
