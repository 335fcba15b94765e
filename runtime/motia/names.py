"""Names for AWS resources, derived from free text: readable, unique and stable.

A name depends only on the thing it names, never on its neighbours, so adding a Step renames nothing. Project,
environment, version and Step are joined with `_`, which `slug` never produces, so two names cannot meet.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

QUEUE_LIMIT = 80  # Amazon SQS quotas: characters in a queue name, ".fifo" included
FUNCTION_LIMIT = 64  # AWS Lambda quotas: characters in a function name
ROLE_LIMIT = 64  # IAM quotas: characters in a role name

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def slug(text: str) -> str:
    """ASCII letters, digits and single dashes that a person still recognises; never empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", ascii_text).strip("-") or "x"


def digest(text: str, length: int = 6) -> str:
    """The first `length` hex characters of the SHA-256 of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def step_id(name: str) -> str:
    """The identifier of a Step in resource names: its slug, with a digest where the slug lost something."""
    plain = slug(name)
    return plain if plain == name else f"{plain}-{digest(name)}"


def environment_prefix(project: str, environment: str) -> str:
    """Prefix of everything that belongs to an environment."""
    return f"{slug(project)}_{slug(environment)}"


def version_prefix(project: str, environment: str, version: str) -> str:
    """Prefix of everything that belongs to one version."""
    return f"{environment_prefix(project, environment)}_{step_id(version)}"


def fit(name: str, limit: int) -> str:
    """`name`, or its start and a digest of the whole when it is longer than `limit` characters."""
    if len(name) <= limit:
        return name
    return f"{name[: limit - 9].rstrip('-_')}-{digest(name, 8)}"


def resource_name(prefix: str, step: str, limit: int, suffix: str = "") -> str:
    """`prefix_step` + suffix within `limit` characters; the prefix is shortened before the Step's own name."""
    full = f"{prefix}_{step}"
    room = limit - len(suffix)
    if len(full) <= room:
        return full + suffix
    kept_step = fit(step, max(room // 2, room - len(prefix) - 10))
    head = prefix[: max(room - len(kept_step) - 10, 0)].rstrip("-_")
    return f"{head}_{kept_step}-{digest(full, 8)}"[:room] + suffix


def function_name(prefix: str, step: str) -> str:
    """Name of the Lambda function of a Step (`step`: its id)."""
    return resource_name(prefix, step, FUNCTION_LIMIT)


def queue_name(prefix: str, step: str, *, fifo: bool, dead_letter: bool = False) -> str:
    """Name of the queue of an event Step (`step`: its id), or of its dead-letter queue."""
    return resource_name(prefix, step, QUEUE_LIMIT, ("-dlq" if dead_letter else "") + (".fifo" if fifo else ""))
