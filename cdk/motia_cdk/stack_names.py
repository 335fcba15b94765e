"""Names of the two kinds of stack.

A slug never contains two dashes in a row, so `--` keeps the stack of environment `shop--prod-v1` apart from the stack
of version `v1` of environment `shop--prod`.
"""

from __future__ import annotations

from motia.names import fit, slug, step_id

STACK_LIMIT = 128  # AWS CloudFormation quotas: characters in a stack name


def environment_stack(project: str, environment: str) -> str:
    """Name of the stack that holds what outlives versions."""
    return fit(f"motia-{slug(project)}--{slug(environment)}", STACK_LIMIT)


def version_stack(project: str, environment: str, version: str) -> str:
    """Name of the stack of one version."""
    return fit(f"motia-{slug(project)}--{slug(environment)}--{step_id(version)}", STACK_LIMIT)


def tags(project: str, environment: str, version: str | None = None) -> dict[str, str]:
    """Tags of a stack; CloudFormation puts them on every resource in it that takes tags."""
    labels = {"motia:project": project, "motia:environment": environment}
    return labels if version is None else {**labels, "motia:version": version}
