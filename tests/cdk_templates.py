"""Reading CloudFormation templates in tests: resources by type, intrinsics as text, policies as decisions."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}

Template = dict[str, Any]


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Properties of the resources of a type, by logical id."""
    return {id: r.get("Properties", {}) for id, r in template["Resources"].items() if r["Type"] == f"AWS::{kind}"}


def by(template: Template, kind: str, key: str) -> dict[str, dict[str, Any]]:
    """Rendered properties of the resources of a type, by the value of one of them."""
    found = [render(properties) for properties in of_type(template, kind).values()]
    return {properties[key]: properties for properties in found}


def render(value: Any) -> Any:
    """The value with `Fn::Join` done and pseudo parameters filled in; other references as `<LogicalId>`."""
    if isinstance(value, list):
        return [render(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return PSEUDO.get(value["Ref"], f"<{value['Ref']}>")
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if "Fn::ImportValue" in value:
        return f"<{value['Fn::ImportValue']}>"
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(render(part) for part in parts)
    return {key: render(item) for key, item in value.items()}


class Role:
    """The role of a function, asked what it may do."""

    def __init__(self, template: Template, function: str) -> None:
        functions = by(template, "Lambda::Function", "FunctionName")
        self.id = functions[function]["Role"].strip("<>").removesuffix(".Arn")
        role = render(of_type(template, "IAM::Role")[self.id])
        self.trust = role["AssumeRolePolicyDocument"]["Statement"]
        self.statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]

    def may(self, action: str, resource: str, *, as_function: bool = True) -> bool:
        """The decision for a call by the function's code, or by Lambda itself on its behalf."""
        hits = [s for s in self.statements if self._covers(s, action, resource, as_function)]
        return any(s["Effect"] == "Allow" for s in hits) and not any(s["Effect"] == "Deny" for s in hits)

    @staticmethod
    def _covers(statement: dict[str, Any], action: str, resource: str, as_function: bool) -> bool:
        if "Condition" in statement:
            assert statement["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}
            if not as_function:
                return False
        actions, resources = (_list(statement[key]) for key in ("Action", "Resource"))
        return action in actions and any(fnmatchcase(resource, pattern) for pattern in resources)


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:eu-central-1:123456789012:{name}"


def table_arn(name: str) -> str:
    return f"arn:aws:dynamodb:eu-central-1:123456789012:table/{name}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
