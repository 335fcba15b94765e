"""The Lambda function of a Step, or of a router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from motia_cdk.function_plan import FunctionPlan
from motia_cdk.place import Place
from motia_cdk.resource import declare
from motia_project.settings import Settings


@dataclass(frozen=True)
class FunctionSettings:
    """What the functions of a version have in common."""

    architecture: str
    variables: dict[str, str]
    settings: Settings


class StepFunction(Construct):
    """A function and its log group.

    code: its `Code` property. role_arn: what it runs as. Attributes: `ref`, a token of the function's name, and
    `role_arn`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: FunctionPlan,
        handler: str,
        runtime: str,
        code: dict[str, str],
        role_arn: str,
        common: FunctionSettings,
    ) -> None:
        super().__init__(scope, id)
        self.plan = plan
        self.role_arn = role_arn
        logs = {"LogGroupName": plan.log_group, "RetentionInDays": common.settings.log_retention_days}
        log_group = declare(self, "Logs", "AWS::Logs::LogGroup", logs)
        vpc = common.settings.vpc
        properties: dict[str, Any] = {
            "FunctionName": plan.name,
            "Runtime": runtime,
            "Handler": handler,
            "Code": code,
            "Role": role_arn,
            "Architectures": [common.architecture],
            "MemorySize": plan.memory_mb,
            "Timeout": plan.timeout_s,
            "Environment": {"Variables": dict(sorted({**common.variables, **plan.variables}.items()))},
            # By reference, so that the group is there, with its retention, before the first record.
            "LoggingConfig": {"LogGroup": log_group.ref},
            "VpcConfig": None
            if vpc is None
            else {"SubnetIds": vpc.subnet_ids, "SecurityGroupIds": vpc.security_group_ids},
        }
        self.resource: CfnResource = declare(self, "Function", "AWS::Lambda::Function", properties)
        self.ref = self.resource.ref

    def allow_api(self, id: str, api_id: str, place: Place) -> None:
        """Let an HTTP or WebSocket API call it, on whatever route."""
        self._allow(id, "apigateway.amazonaws.com", place.arn("execute-api", f"{api_id}/*"))

    def allow_rule(self, id: str, rule: str, place: Place) -> None:
        """Let an EventBridge rule start it."""
        self._allow(id, "events.amazonaws.com", place.arn("events", f"rule/{rule}"))

    def no_retries(self, event_age_s: int) -> None:
        """Have asynchronous invocations tried once, and dropped after waiting for event_age_s seconds."""
        properties = {
            "FunctionName": self.ref,
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": 0,
            "MaximumEventAgeInSeconds": event_age_s,
        }
        declare(self, "Async", "AWS::Lambda::EventInvokeConfig", properties)

    def _allow(self, id: str, principal: str, source_arn: str) -> None:
        properties = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": self.ref,
            "Principal": principal,
            "SourceArn": source_arn,
        }
        declare(self, id, "AWS::Lambda::Permission", properties)
