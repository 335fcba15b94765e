"""Where a stack lands: the parts of an ARN that the template does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs import Construct


@dataclass(frozen=True)
class Place:
    """partition, region, account, suffix (`amazonaws.com`): plain text, or tokens that CloudFormation fills in."""

    partition: str
    region: str
    account: str
    suffix: str

    @classmethod
    def of(cls, scope: Construct) -> Place:
        """Where the stack of `scope` is deployed."""
        import aws_cdk

        stack = aws_cdk.Stack.of(scope)
        return cls(stack.partition, stack.region, stack.account, stack.url_suffix)

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def function(self, name: str) -> str:
        return self.arn("lambda", f"function:{name}")

    def queue(self, name: str) -> str:
        return self.arn("sqs", name)

    def table(self, name: str) -> str:
        return self.arn("dynamodb", f"table/{name}")

    def log_group(self, name: str) -> str:
        """The streams of a log group, which is what a function writes to."""
        return self.arn("logs", f"log-group:{name}:*")

    def objects(self, bucket: str, prefix: str) -> str:
        """The objects of a bucket under `prefix`."""
        return f"arn:{self.partition}:s3:::{bucket}/{prefix}*"

    @property
    def queue_base(self) -> str:
        """What the URL of each queue of this account and region starts with."""
        return f"https://sqs.{self.region}.{self.suffix}/{self.account}/"


# The longest values in use, for estimating sizes before CloudFormation has filled in the real ones.
WIDEST = Place("aws-us-gov", "ap-southeast-2", "123456789012", "amazonaws.com.cn")
