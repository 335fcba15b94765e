"""How the constructs declare resources.

`CfnResource` with the properties as CloudFormation's reference writes them, instead of the typed classes of
`aws_cdk.aws_*`: importing those takes longer than synthesizing 50 Steps, and each of them costs twice the jsii time.
What the types would check, cfn-lint checks in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnDeletionPolicy, CfnResource
from constructs import Construct


def declare(scope: Construct, id: str, kind: str, properties: Mapping[str, Any]) -> CfnResource:
    """A resource of CloudFormation type `kind`; properties that are None are left out."""
    given = {key: value for key, value in properties.items() if value is not None}
    return CfnResource(scope, id, type=kind, properties=given)


def retain(resource: CfnResource) -> CfnResource:
    """Keep the resource when its stack is deleted or it is replaced; not when the stack could not even be created."""
    resource.cfn_options.deletion_policy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE
    resource.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
    return resource


def attribute(resource: CfnResource, name: str) -> str:
    """Token for a return value of the resource, such as `Arn`."""
    return resource.get_att(name).to_string()
