"""Steps that a change in place takes away.

Code of before may send them events until the change is over. So their queues stay for one change more, and with them
the functions that drain them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from motia_cdk.deploy.switch import QUEUE
from motia_cdk.requests import StackTemplate

MAPPING = "AWS::Lambda::EventSourceMapping"
MOST_RESOURCES = 500  # AWS CloudFormation quotas

Resources = dict[str, dict[str, Any]]


def with_parting(template: StackTemplate, before: dict[str, Any]) -> StackTemplate | None:
    """The template with the queues that it takes away from `before`, and what drains them; None when there are none."""
    content = template.template
    resources: Resources = content["Resources"]
    leaving = parting(before["Resources"], resources)
    if not leaving or len(resources) + len(leaving) > MOST_RESOURCES:
        return None
    both = {**content, "Resources": {**resources, **leaving}}
    path = template.path.with_name(f"{template.path.stem}-parting.json")
    path.write_text(json.dumps(both, separators=(",", ":")))
    return replace(template, path=path, resources=len(both["Resources"]))


def parting(before: Resources, after: Resources) -> Resources:
    """Of the resources of `before` that `after` does not have: queues, what polls them, and what that needs. Pure."""
    gone = {id: resource for id, resource in before.items() if id not in after}
    queues = {id for id, resource in gone.items() if resource["Type"] == QUEUE}
    pending = [*queues]
    pending += [id for id, found in gone.items() if found["Type"] == MAPPING and not queues.isdisjoint(_named(found))]
    found: Resources = {}
    variables = _variables(after)
    while pending:
        id = pending.pop()
        if id in gone and id not in found:
            found[id] = _renewed(gone[id], variables)
            pending += _named(gone[id])
    return found


def _renewed(resource: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
    """The resource with variables of a function as the new template gives them: parameters have other names there."""
    environment = resource.get("Properties", {}).get("Environment")
    if environment is None:
        return resource
    own = {
        name: variables[name] if isinstance(value, dict) and "Ref" in value else value
        for name, value in environment["Variables"].items()
        if not (isinstance(value, dict) and "Ref" in value) or name in variables
    }
    return {**resource, "Properties": {**resource["Properties"], "Environment": {"Variables": own}}}


def _variables(resources: Resources) -> dict[str, Any]:
    """The variables of functions that are references, by their names."""
    found: dict[str, Any] = {}
    for resource in resources.values():
        variables = resource.get("Properties", {}).get("Environment", {})
        for name, value in (variables.get("Variables", {}) if isinstance(variables, dict) else {}).items():
            if isinstance(value, dict) and "Ref" in value:
                found[name] = value
    return found


def _named(value: Any) -> Iterator[str]:
    """Logical ids that a piece of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("Ref", "DependsOn") and isinstance(item, str):
                yield item
            elif key == "DependsOn":
                yield from item
            elif key == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.partition(".")[0]
            else:
                yield from _named(item)
