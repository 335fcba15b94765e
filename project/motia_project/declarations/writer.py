"""Writes `types.d.ts` of a project, when it says something else than what is there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from motia.errors import ProjectError
from motia_project.declarations.document import make_types
from motia_project.model import Problem, Project

FILE_NAME = "types.d.ts"

_MODULE = re.compile(rb"""declare\s+module\s+['"]motia['"]""")
_GENERATED = re.compile(rb"\A\s*(/\*.*?\*/|(//[^\n]*\s*)+)", re.DOTALL)
_DECLARED = re.compile(
    r"^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:interface|type|class|const|let|function|enum|namespace)\s+(\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Written:
    """What became of the file. changed: it says something else than before. warnings: about topics."""

    path: Path
    changed: bool
    warnings: tuple[Problem, ...] = ()


def wants_types(project: Project) -> bool:
    """Whether anybody reads the types: the project has TypeScript or JavaScript, or has had them written."""
    languages = [*(step.language for step in project.steps), *(stream.language for stream in project.streams)]
    return (
        "node" in languages
        or (project.stream_auth is not None and project.stream_auth.language == "node")
        or (project.root / FILE_NAME).exists()
    )


def write_types(project: Project) -> Written:
    """Write the project's `types.d.ts`. Raises ProjectError for one that is there and was not generated, and for a
    folder that cannot be written."""
    path = project.root / FILE_NAME
    text, warnings = make_types(project, declared_names())
    content = text.encode()
    try:
        before = path.read_bytes() if path.exists() else None
        if before == content:
            return Written(path, False, warnings)
        if before is not None and not is_ours(before):
            raise ProjectError(
                f"{FILE_NAME} is there and was not generated",
                where=str(path),
                remedy=f"rename it, for example to globals.d.ts; the types of the Steps are written to {FILE_NAME}",
            )
        replace(path, content)
    except OSError as wrong:
        raise ProjectError(f"{FILE_NAME} cannot be written: {wrong.strerror}", where=str(path)) from None
    return Written(path, True, warnings)


def is_ours(content: bytes) -> bool:
    """Whether the file was generated: by this tool, or by the original it replaces. Formatters may have been at it."""
    if not content.strip():
        return True
    head = _GENERATED.match(content)
    return bool(_MODULE.search(content)) and head is not None and b"generated" in head[0].lower()


def declared_names() -> frozenset[str]:
    """What the module `motia` declares, exported or not: no type of a project can have such a name."""
    from motia_project.node.tools import runtime_folder

    return frozenset(_DECLARED.findall((runtime_folder() / "index.d.ts").read_text()))


def replace(path: Path, content: bytes) -> None:
    """Write the whole file or none of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
