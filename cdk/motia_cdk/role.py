"""The role that functions run under."""

from __future__ import annotations

from constructs import Construct

from motia_cdk.place import Place
from motia_cdk.resource import attribute, declare
from motia_cdk.role_plan import RolePlan, Statement


class ExecutionRole(Construct):
    """A role for Lambda with one inline policy. `arn` is a token."""

    def __init__(self, scope: Construct, id: str, statements: list[Statement]) -> None:
        super().__init__(scope, id)
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = {"PolicyName": "step", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
        properties = {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [policy],
        }
        self.arn = attribute(declare(self, "Role", "AWS::IAM::Role", properties), "Arn")


def declare_roles(scope: Construct, roles: tuple[RolePlan, ...], place: Place) -> dict[str, str]:
    """Role ARN (a token) by function id."""
    arns: dict[str, str] = {}
    for plan in roles:
        role = ExecutionRole(scope, f"Role_{plan.id}", plan.statements(place))
        arns.update({member.id: role.arn for member in plan.members})
    return arns
