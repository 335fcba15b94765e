"""Variables for the functions, from `--env-file`.

One `NAME=value` a line; blank lines and `#` comments are skipped, `export ` before a name and one pair of quotes around
a value are stripped, names without a value are dropped. Messages name variables, never values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from motia.errors import ProjectError

# AWS Lambda quotas, "Environment variables": 4 KB for all of a function's; about half a KB of ours is in there too
LIMIT = 4096 - 768
RESERVED = ("MOTIA_", "AWS_", "LAMBDA_", "_")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_env_file(path: Path) -> dict[str, str]:
    """The variables in the file; ProjectError when it is missing, malformed, or asks for what Lambda refuses."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ProjectError("The env file does not exist.", where=str(path), remedy="Check --env-file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError("The env file cannot be read.", where=str(path), remedy=str(error)) from error
    found: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name):
            raise ProjectError(
                "A line of the env file is not a variable.",
                where=f"{path}:{number}",
                allowed="NAME=value, where NAME is letters, digits and _",
            )
        value = _unquoted(value.strip())
        if value:
            found[name] = value
        else:
            found.pop(name, None)
    check(found, str(path))
    return found


def check(variables: Mapping[str, str], where: str) -> None:
    """Raise ProjectError for names that are not the user's to set, and for more than a function can hold."""
    reserved = sorted(name for name in variables if name.startswith(RESERVED))
    if reserved:
        raise ProjectError(
            f"The variable {reserved[0]} is reserved.",
            where=where,
            allowed=f"names that do not start with {', '.join(RESERVED)}",
            remedy="Rename it.",
        )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > LIMIT:
        largest = max(variables, key=lambda name: len(variables[name]))
        raise ProjectError(
            f"The variables take {size} bytes; a Lambda function holds {LIMIT} of yours.",
            where=where,
            remedy=f"Keep large values elsewhere (the largest is {largest}), such as in Secrets Manager.",
        )


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
