"""Reads `motia.toml`, and decides what it leaves open: the project's name and its Python runtime."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from motia.names import slug
from motia_project.model import Problem
from motia_project.settings import PYTHON_RUNTIMES, Settings

FILE_NAME = "motia.toml"
_FALLBACK = "python3.13"
_NAME_LIMIT = 64
_TOML_WORDS = {
    "a dictionary": "a table",
    "a list": "an array",
    "True or False": "true or false",
}


def read_settings(root: Path) -> tuple[Settings, tuple[Problem, ...]]:
    """The project's settings and what is wrong with them; keys that are wrong have their defaults."""
    given, problems = _read(root / FILE_NAME)
    defaults = {"name": default_name(root), "runtime": default_runtime(root)}
    try:
        return Settings(**{**defaults, **given}), problems
    except ValidationError as error:
        # imports every model there is, for mistakes alone
        from motia_project.configs.problems import problems_of

        found = problems_of(error, Settings, FILE_NAME, words=_TOML_WORDS)
        wrong = {str(details["loc"][0]) for details in error.errors()}
        kept = {key: value for key, value in given.items() if key not in wrong}
        return Settings(**{**defaults, **kept}), (*problems, *found)


def default_name(root: Path) -> str:
    """The name in package.json or pyproject.toml, else of the folder, in characters that names of resources have."""
    names = (_package_json_name(root / "package.json"), _pyproject_name(root / "pyproject.toml"), root.resolve().name)
    found = next((name for name in names if name), "motia")
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", found) and len(found) <= _NAME_LIMIT:
        return found
    return slug(found)[:_NAME_LIMIT].rstrip("-")


def default_runtime(root: Path) -> str:
    """The minor version of the project's interpreter if Lambda has it, so that bytecode can be shipped."""
    version = _environment_version(root / "python_modules" / "pyvenv.cfg")
    major, minor = version or sys.version_info[:2]
    runtime = f"python{major}.{minor}"
    return runtime if runtime in PYTHON_RUNTIMES else _FALLBACK


def _read(path: Path) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig")), ()
    except FileNotFoundError:
        return {}, ()
    except tomllib.TOMLDecodeError as wrong:
        return {}, (Problem(f"the file is not valid TOML: {wrong}", file=FILE_NAME),)
    except UnicodeDecodeError:
        return {}, (Problem("the file is not UTF-8 text", file=FILE_NAME, remedy="save it as UTF-8"),)
    except OSError as wrong:
        return {}, (Problem(f"the file cannot be read: {wrong.strerror}", file=FILE_NAME),)


def _package_json_name(path: Path) -> str | None:
    try:
        name = json.loads(path.read_bytes()).get("name")
    except (OSError, ValueError, AttributeError):
        return None
    return name.rpartition("/")[2] if isinstance(name, str) else None


def _pyproject_name(path: Path) -> str | None:
    try:
        name = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}).get("name")
    except (OSError, ValueError, AttributeError):
        return None
    return name if isinstance(name, str) else None


def _environment_version(path: Path) -> tuple[int, int] | None:
    try:
        match = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", path.read_text(), re.MULTILINE)
    except OSError:
        return None
    return (int(match[1]), int(match[2])) if match else None
