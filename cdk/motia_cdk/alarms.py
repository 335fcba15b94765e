"""Alarms of a version: an event that was given up, errors of a function."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from motia_cdk.resource import declare
from motia_project.settings import Alarms

_PERIOD_S = 300


def dead_letter_alarm(scope: Construct, id: str, *, queue: str, alarms: Alarms) -> CfnResource:
    """Tell when a message lies in the dead-letter queue named `queue`."""
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
        "Statistic": "Maximum",
    }
    return _alarm(scope, id, f"{queue}: an event was given up", metric, alarms)


def error_alarm(scope: Construct, id: str, *, function: str, alarms: Alarms) -> CfnResource:
    """Tell when the function named `function` failed."""
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
        "Statistic": "Sum",
    }
    return _alarm(scope, id, f"{function}: an invocation failed", metric, alarms)


def _alarm(scope: Construct, id: str, description: str, metric: dict[str, Any], alarms: Alarms) -> CfnResource:
    properties = {
        **metric,
        "AlarmDescription": description,
        "Period": _PERIOD_S,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [alarms.topic_arn],
    }
    return declare(scope, id, "AWS::CloudWatch::Alarm", properties)
