"""`package.json`: what a package manager reads can be read by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from motia.errors import ProjectError
from motia_project.model import Problem, Project
from motia_project.node.package_manager import read_package

FILE = "package.json"
_LISTS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def check(project: Project) -> Iterator[Problem]:
    """It is an object, and its dependencies are objects of texts: else `motia install` would fail, after the build."""
    try:
        package = read_package(project.root) or {}
    except ProjectError as wrong:
        yield Problem(wrong.what, file=FILE, allowed=wrong.allowed, remedy=wrong.remedy or "correct the file")
        return
    for key in _LISTS:
        listed = package.get(key)
        if listed is not None and not isinstance(listed, dict):
            yield _wrong(f"the value is {_kind(listed)}, it must be an object", key, listed)
            continue
        for name, version in (listed or {}).items():
            if not isinstance(version, str):
                yield _wrong(f"the version is {_kind(version)}, it must be text", f"{key}.{name}", version)


def _wrong(what: str, key: str, value: Any) -> Problem:
    text = json.dumps(value, ensure_ascii=False)
    return Problem(
        what,
        file=FILE,
        key=key,
        value=text if len(text) <= 60 else f"{text[:57]}...",
        allowed='names and versions of packages, such as {"zod": "^4.0.0"}',
        remedy="correct it, or leave it out and run `npm install NAME` for each package",
    )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number", dict: "an object"}
    return names[type(value)]
