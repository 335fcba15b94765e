"""`motia.toml`: what of a project is declarative. Every key is optional; an unknown key is an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

PYTHON_RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
NODE_RUNTIMES = ("nodejs22.x", "nodejs24.x")

# Amazon CloudWatch Logs API Reference, PutRetentionPolicy
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


def _refusal(what: str, allowed: str) -> PydanticCustomError:
    return PydanticCustomError("motia", "{what}", {"what": what, "allowed": allowed, "remedy": None})


def _one_of(values: tuple[Any, ...]) -> AfterValidator:
    def check(value: Any) -> Any:
        if value not in values:
            raise _refusal("the value is not one of those allowed", ", ".join(str(known) for known in values))
        return value

    return AfterValidator(check)


def _like(pattern: str, allowed: str) -> AfterValidator:
    matches: Callable[[str], Any] = re.compile(pattern).fullmatch

    def check(value: str) -> str:
        if not matches(value):
            raise _refusal("the value does not have the right form", allowed)
        return value

    return AfterValidator(check)


_Name = Annotated[str, _like(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "letters, digits, '.', '_' and '-', 64 at most")]
_Region = Annotated[str, _like(r"[a-z]{2}(-[a-z]+)+-\d", "a region such as eu-central-1")]
_Module = Annotated[str, _like(r"[A-Za-z_]\w*", "the name in an import statement, such as yaml")]
_Subnet = Annotated[str, _like(r"subnet-[0-9a-f]+", "subnet-...")]
_SecurityGroup = Annotated[str, _like(r"sg-[0-9a-f]+", "sg-...")]
_Host = Annotated[str, _like(r"([a-z0-9-]+\.)+[a-z]{2,}", "a host name in lower case, such as api.example.com")]
_Certificate = Annotated[str, _like(r"arn:aws[\w-]*:acm:.+", "arn:aws:acm:REGION:ACCOUNT:certificate/ID")]
_Topic = Annotated[str, _like(r"arn:aws[\w-]*:sns:.+", "arn:aws:sns:REGION:ACCOUNT:NAME")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Vpc(_Strict):
    """Subnets and security groups every function runs in."""

    subnet_ids: list[_Subnet] = Field(min_length=1)
    security_group_ids: list[_SecurityGroup] = Field(min_length=1)


class Domain(_Strict):
    """A custom domain of the live HTTP API; the certificate is one of ACM in the same region."""

    name: _Host
    certificate_arn: _Certificate


class Alarms(_Strict):
    """CloudWatch alarms: a message in a dead-letter queue, errors of a function. They notify an SNS topic."""

    topic_arn: _Topic
    dead_letters: bool = True
    errors: bool = True


class Settings(_Strict):
    """The keys of `motia.toml`.

    log_retention_days: as CloudWatch Logs allows. keep_versions: versions kept beside the live one.
    packages: import names bundled with every Step although no import statement shows them.
    """

    name: _Name = "motia"
    runtime: Annotated[str, _one_of(PYTHON_RUNTIMES)] = "python3.13"
    node_runtime: Annotated[str, _one_of(NODE_RUNTIMES)] = "nodejs22.x"
    architecture: Literal["arm64", "x86_64"] = "arm64"
    api: Literal["functions", "router"] = "functions"
    region: _Region | None = None
    log_retention_days: Annotated[int, _one_of(RETENTION_DAYS)] = 30
    keep_versions: int = Field(default=3, ge=1)
    preview: bool = True
    packages: list[_Module] = []
    vpc: Vpc | None = None
    domain: Domain | None = None
    alarms: Alarms | None = None
