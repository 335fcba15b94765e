"""`motia.toml`: what of a project is declarative. Every key is optional; an unknown key is an error."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PYTHON_RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
NODE_RUNTIMES = ("nodejs22.x", "nodejs24.x")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Vpc(_Strict):
    """Subnets and security groups every function runs in."""

    subnet_ids: list[str] = Field(min_length=1)
    security_group_ids: list[str] = Field(min_length=1)


class Domain(_Strict):
    """A custom domain of the live HTTP API; the certificate is one of ACM in the same region."""

    name: str
    certificate_arn: str


class Alarms(_Strict):
    """CloudWatch alarms: a message in a dead-letter queue, errors of a function. They notify an SNS topic."""

    topic_arn: str
    dead_letters: bool = True
    errors: bool = True


class Settings(_Strict):
    """The keys of `motia.toml`.

    log_retention_days: as CloudWatch Logs allows. keep_versions: versions kept beside the live one.
    packages: import names bundled with every Step although no import statement shows them.
    """

    name: str = "motia"
    runtime: str = "python3.13"
    node_runtime: str = "nodejs22.x"
    architecture: Literal["arm64", "x86_64"] = "arm64"
    api: Literal["functions", "router"] = "functions"
    region: str | None = None
    log_retention_days: int = 30
    keep_versions: int = Field(default=3, ge=1)
    preview: bool = True
    packages: list[str] = []
    vpc: Vpc | None = None
    domain: Domain | None = None
    alarms: Alarms | None = None
