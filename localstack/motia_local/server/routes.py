"""Which Step answers a request."""

from __future__ import annotations

from collections.abc import Iterable

from motia.paths import Router
from motia_project.model import Step


class Routes:
    """The API Steps of a project by method and path; the first of two equal routes wins."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        routes = [(step.method, step.path, step) for step in steps if step.type == "api" and step.method and step.path]
        self._router = Router(routes)
        self._plain: dict[tuple[str, str], Step] = {}  # static paths, which win over all others, without a search
        for method, path, step in routes:
            if not any(character in path for character in ":*%") and path.startswith("/"):
                self._plain.setdefault((method, path.rstrip("/") or "/"), step)

    def find(self, method: str, path: str) -> tuple[Step, dict[str, str]] | None:
        """The Step and the decoded path parameters. path: as sent, percent-encoded, without query."""
        step = self._plain.get((method, path))
        if step is not None:
            return step, {}
        return self._router.match(method, path)
