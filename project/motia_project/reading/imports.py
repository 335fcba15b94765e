"""What else a file imports that is not there: an import that fails hides the ones after it."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from motia_project.reading.loading import ProjectImporter


def also_missing(error: ModuleNotFoundError, importer: ProjectImporter) -> Iterator[tuple[str, str]]:
    """(module, traceback) of further imports at the top level of the file in which `error` was raised. Nothing is
    imported for it; where a file changes `sys.path` nobody can tell."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if importer.owns(frame.filename)]
    if not own:
        return
    file = importer.root / importer.relative(own[-1].filename)
    try:
        source = file.read_text(encoding="utf-8")
        statements = ast.parse(source).body
    except (OSError, ValueError, SyntaxError):
        return
    if "sys.path" in source:
        return
    seen = {error.name}
    for statement in statements:
        for name in _imported(statement):
            missing = _missing(name, importer)
            if missing is not None and missing not in seen:
                seen.add(missing)
                yield missing, _traceback(missing, file, source, statement.lineno, importer)


def _imported(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [statement.module]
    return []


def _missing(name: str, importer: ProjectImporter) -> str | None:
    """The part of a dotted name that is not there. Below a package that is not the user's only itself can tell."""
    top, *rest = name.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return top
    for part in rest:
        places = spec.submodule_search_locations
        if places is None or not all(map(importer.owns, places)):
            return None
        top = f"{top}.{part}"
        spec = PathFinder.find_spec(top, list(places))
        if spec is None:
            return top
    return None


def _traceback(missing: str, file: Path, source: str, line: int, importer: ProjectImporter) -> str:
    """As Python would have it."""
    return "\n".join(
        [
            "Traceback (most recent call last):",
            f'  File "{file.relative_to(importer.root).as_posix()}", line {line}, in <module>',
            f"    {source.splitlines()[line - 1].strip()}",
            f"ModuleNotFoundError: No module named {missing!r}",
        ]
    )
