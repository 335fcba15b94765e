"""Files of environment variables: `.env` of a project, and `--env-file` of a deploy."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from motia.errors import ProjectError
from motia_project.model import Problem

FILE_NAME = ".env"
LIMIT_BYTES = 4096  # AWS Lambda quotas: all environment variables of a function together
RESERVED = ("MOTIA_", "AWS_", "LAMBDA_", "_")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")  # AWS Lambda API reference, Environment


def read_env_file(path: Path) -> dict[str, str]:
    """The variables in a file of `NAME=value` lines, as they stand: `${X}` in a value is not replaced.

    Raises ProjectError if it cannot be read or has another line; values are never part of the message.
    """
    from dotenv.main import DotEnv
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8-sig") as stream:
            wrong = [binding for binding in parse_stream(stream) if binding.error]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ProjectError(f"the file of environment variables cannot be read: {reason}", where=str(path)) from None
    if wrong:
        *others, last = (str(binding.original.line) for binding in wrong)
        which = (
            f"lines {', '.join(others)} and {last} are not variables" if others else f"line {last} is not a variable"
        )
        raise ProjectError(
            which,  # and not shown: they may be half of a secret
            where=str(path),
            allowed="NAME=value, empty lines and lines that begin with #",
        )
    values = DotEnv(path, encoding="utf-8-sig", interpolate=False).dict()
    return {name: value for name, value in values.items() if value is not None}


def local_environment(root: Path) -> dict[str, str]:
    """The environment of a process that runs the project's code: ours, and what `.env` adds to it.

    A variable that is set already wins over the file. Raises ProjectError for a file that cannot be read.
    """
    path = root / FILE_NAME
    from_file = read_env_file(path) if path.is_file() else {}
    return {**from_file, **os.environ}


def left_behind(root: Path) -> tuple[Problem, ...]:
    """A warning for a deploy without variables of a project that has some in `.env`: its functions will miss them."""
    path = root / FILE_NAME
    names = [name for name in read_env_file(path) if not name.upper().startswith(RESERVED)] if path.is_file() else []
    if not names:
        return ()
    return (
        Problem(
            "is for this machine alone; the deployed functions do not have its variables",
            file=FILE_NAME,
            value=", ".join(names),
            remedy=f"deploy with --env-file {FILE_NAME}, or with a file for that environment",
            severity="warning",
        ),
    )


def environment_problems(variables: Mapping[str, str], file: str) -> tuple[Problem, ...]:
    """What keeps variables from becoming those of a Lambda function. file: their source, for the messages."""
    problems = []
    for name in variables:
        if name.upper().startswith(RESERVED):
            problems.append(
                Problem(
                    "the name of the variable is taken",
                    file=file,
                    key=name,
                    allowed=f"names that do not begin with {', '.join(RESERVED)}",
                    remedy="rename it, in the handlers too",
                )
            )
        elif not _NAME.fullmatch(name):
            problems.append(
                Problem(
                    "the name of the variable is not one that Lambda takes",
                    file=file,
                    key=name,
                    allowed="letters, digits and _, at least two, the first a letter",
                )
            )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > LIMIT_BYTES:
        problems.append(
            Problem(
                f"the variables have {size} bytes together",
                file=file,
                allowed=f"{LIMIT_BYTES} bytes at most (AWS Lambda)",
                remedy="keep long values in SSM or Secrets Manager, or in a file of `includeFiles`",
            )
        )
    return tuple(problems)
