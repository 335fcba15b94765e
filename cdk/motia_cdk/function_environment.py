"""The environment variables of a version's functions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from motia.names import version_prefix
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.place import Place
from motia_project.model import Problem

LIMIT = 4096  # AWS Lambda quotas: bytes of all environment variables of a function

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+\Z")  # AWS Lambda API reference, Environment
_RESERVED = ("MOTIA_", "AWS_", "LAMBDA_")
_TOKEN = "${Token["  # CDK's, for a value that only CloudFormation will know
MOST = 200  # AWS CloudFormation quotas: parameters of a template; the deployer makes one of each variable


def function_environment(
    environment: EnvironmentRef, version: str, place: Place, user: Mapping[str, str], *, streams: bool
) -> dict[str, str]:
    """Variables by name, the user's among them; `LOG_LEVEL` is INFO unless the user says otherwise. streams: the
    project has some."""
    values = {
        "LOG_LEVEL": "INFO",
        **user,
        "MOTIA_BUCKET": environment.bucket,
        "MOTIA_ENVIRONMENT": environment.environment,
        "MOTIA_LOCK_TABLE": environment.lock_table,
        "MOTIA_PREFIX": version_prefix(environment.project, environment.environment, version),
        "MOTIA_PROJECT": environment.project,
        "MOTIA_QUEUE_BASE": place.queue_base,
        "MOTIA_STATE_TABLE": environment.state_table,
        "MOTIA_STREAM_TABLE": environment.stream_table,
        "MOTIA_VERSION": version,
    }
    if streams and environment.websocket_endpoint:
        values["MOTIA_CONNECTION_TABLE"] = environment.connection_table
        values["MOTIA_WEBSOCKET_ENDPOINT"] = environment.websocket_endpoint
    return dict(sorted(values.items()))


def environment_problems(values: Mapping[str, str], user: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the user's variables, and with the size of all of them together."""
    problems = [
        Problem(
            f"the environment variable {name!r} cannot be set",
            key=name,
            allowed="letters, digits and _, at least two, starting with a letter; not MOTIA_*, AWS_* or LAMBDA_*",
            remedy="rename it",
        )
        for name in sorted(user)
        if not _NAME.match(name) or name.upper().startswith(_RESERVED)
    ]
    if len(user) > MOST:
        problems.append(
            Problem(
                f"there are {len(user)} environment variables",
                allowed=f"{MOST} at most",
                remedy="put those that belong together into one, as JSON",
            )
        )
    known = {name: value for name, value in values.items() if _TOKEN not in value}
    size = len(json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LIMIT:
        sizes = sorted(((len(value.encode()), name) for name, value in user.items()), reverse=True)
        largest = ", ".join(f"{name} {bytes_} B" for bytes_, name in sizes[:3])
        problems.append(
            Problem(
                f"the functions' environment variables take {size:,} bytes (largest: {largest})",
                allowed=f"{LIMIT:,} bytes, of which some 700 are the runtime's own",
                remedy="move large or secret values to Secrets Manager or SSM and read them when a Step starts",
            )
        )
    return problems
