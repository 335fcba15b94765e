"""One session, and the services behind it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from motia_cdk.deploy.cloud.events import EventSources
from motia_cdk.deploy.cloud.failures import no_region, translated
from motia_cdk.deploy.cloud.objects import Objects
from motia_cdk.deploy.cloud.stacks import Stacks
from motia_cdk.deploy.cloud.table import Table


@dataclass(frozen=True)
class Target:
    """Where to deploy and as whom; what is None comes from the AWS configuration of the user.

    endpoint_url, access_key, secret_key: an emulator's.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


@dataclass(frozen=True)
class Identity:
    """Who we are for AWS, and where."""

    account: str
    arn: str
    region: str
    partition: str


class Cloud:
    """Typed clients of the services a deploy needs, made when first used; each error is one of ours.

    poll_s: seconds between two looks at something that takes time. local: an emulator on this machine.
    """

    def __init__(self, session: Any, *, endpoint_url: str | None) -> None:
        self._session = session
        self.endpoint_url = endpoint_url
        self.local = endpoint_url is not None
        self._clients: dict[str, Any] = {}
        self.poll_s = 0.1 if self.local else 1.5

    @property
    def region(self) -> str:
        return str(self._session.region_name)

    @cached_property
    def identity(self) -> Identity:
        """The caller; the first call of every command, because its failures are the clearest."""
        with translated("sts", "sts:GetCallerIdentity"):
            caller = self.client("sts").get_caller_identity()
        arn = str(caller["Arn"])
        return Identity(str(caller["Account"]), arn, self.region, arn.split(":")[1])

    @cached_property
    def stacks(self) -> Stacks:
        return Stacks(self.client("cloudformation"))

    @cached_property
    def events(self) -> EventSources:
        return EventSources(self.client("lambda"), self.client("sqs"), self.client("apigatewayv2"))

    def objects(self, bucket: str) -> Objects:
        """The objects of one bucket."""
        return Objects(self.client("s3"), bucket)

    def table(self, name: str) -> Table:
        """The items of one table."""
        return Table(self.client("dynamodb"), name)

    def client(self, service: str) -> Any:
        """A plain boto3 client, the same one for a service each time; for the quirks of emulators only."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(
                retries={"mode": "standard", "total_max_attempts": 8},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=32,
                s3={"addressing_style": "path"} if self.local else None,
            )
            with translated(service, service):
                self._clients[service] = self._session.client(service, endpoint_url=self.endpoint_url, config=config)
        return self._clients[service]


def connect(target: Target) -> Cloud:
    """A session for `target`. Nothing is called yet; raises CloudError when the configuration cannot be used."""
    with translated("sts", "the AWS configuration"):
        import boto3

        session = boto3.Session(
            profile_name=target.profile,
            region_name=target.region or os.environ.get("AWS_REGION"),  # boto3 knows AWS_DEFAULT_REGION only
            aws_access_key_id=target.access_key,
            aws_secret_access_key=target.secret_key,
        )
    if not session.region_name:
        raise no_region()
    # an address for all of AWS means an emulator; private endpoints are set for each service
    return Cloud(session, endpoint_url=target.endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or None)
