"""What starts the cron Steps of an environment's live version."""

from __future__ import annotations

import json

from aws_cdk import CfnResource
from constructs import Construct

from motia.names import digest, function_name
from motia_cdk.place import Place
from motia_cdk.resource import attribute, declare
from motia_cdk.schedules import TICK_AGE_S, Schedule

_DELIVERY = {"MaximumEventAgeInSeconds": TICK_AGE_S, "MaximumRetryAttempts": 10}


class CronTriggers(Construct):
    """EventBridge rules, in UTC; EventBridge Scheduler schedules for Steps with a time zone.

    A function receives an event with `time`, the moment it was due: EventBridge's own from a rule, and one of the same
    shape from a schedule.
    """

    def __init__(
        self, scope: Construct, id: str, *, schedules: tuple[Schedule, ...], prefix: str, place: Place
    ) -> None:
        super().__init__(scope, id)
        zoned = [schedule for schedule in schedules if schedule.timezone]
        role = self._role(zoned, prefix, place) if zoned else ""
        for schedule in schedules:
            function = place.function(function_name(prefix, schedule.function))
            if schedule.timezone:
                self._schedule(schedule, function, role)
            else:
                self._rule(schedule, function)

    def _rule(self, schedule: Schedule, function: str) -> CfnResource:
        target = {"Id": "step", "Arn": function, "RetryPolicy": _DELIVERY}
        properties = {
            "Name": schedule.name,
            "ScheduleExpression": schedule.expression,
            "State": "ENABLED",
            "Targets": [target],
        }
        return declare(self, f"Rule_{schedule.name}", "AWS::Events::Rule", properties)

    def _schedule(self, schedule: Schedule, function: str, role: str) -> CfnResource:
        event = {
            "source": "aws.scheduler",
            "detail-type": "Scheduled Event",
            "time": "<aws.scheduler.scheduled-time>",
            "detail": {},
        }
        properties = {
            "Name": schedule.name,
            "ScheduleExpression": schedule.expression,
            "ScheduleExpressionTimezone": schedule.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED",
            "Target": {"Arn": function, "RoleArn": role, "Input": json.dumps(event), "RetryPolicy": _DELIVERY},
        }
        return declare(self, f"Schedule_{schedule.name}", "AWS::Scheduler::Schedule", properties)

    def _role(self, schedules: list[Schedule], prefix: str, place: Place) -> str:
        names = sorted({function_name(prefix, schedule.function) for schedule in schedules})
        functions = [place.function(name) for name in names]
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": functions}
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
        }
        role = declare(
            self,
            f"SchedulerRole_{digest(prefix)}",  # of each version its own: while schedules move, none is refused
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "Policies": [
                    {
                        "PolicyName": "invoke",
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
                    }
                ],
            },
        )
        return attribute(role, "Arn")
