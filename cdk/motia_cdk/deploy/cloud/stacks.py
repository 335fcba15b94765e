"""CloudFormation: stacks, their change sets, events and resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from motia.errors import AwsError
from motia_cdk.deploy.cloud.failures import translated

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]


@dataclass(frozen=True)
class StackState:
    """A stack as it stands."""

    id: str
    name: str
    status: str
    reason: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StackEvent:
    """Something that happened to one resource of a stack, or to the stack itself."""

    id: str
    time: datetime
    logical_id: str
    type: str
    status: str
    reason: str = ""
    physical_id: str = ""


@dataclass(frozen=True)
class ChangeSet:
    """A change set as it stands. status: CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_COMPLETE or FAILED."""

    id: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class StackResource:
    """One resource of a stack."""

    logical_id: str
    physical_id: str
    type: str


class Stacks:
    """The CloudFormation of one account and region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def describe(self, name: str) -> StackState | None:
        """The stack, or None. A name finds no deleted stack, an id does."""
        try:
            with translated("cloudformation", "cloudformation:DescribeStacks"):
                found = self._client.describe_stacks(StackName=name)["Stacks"]
        except AwsError as error:
            if error.code == "ValidationError" and "does not exist" in str(error):
                return None
            raise
        if not found or (found[0]["StackStatus"] == "DELETE_COMPLETE" and not name.startswith("arn:")):
            return None
        stack = found[0]
        return StackState(
            id=stack["StackId"],
            name=stack["StackName"],
            status=stack["StackStatus"],
            reason=stack.get("StackStatusReason", ""),
            outputs={o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
            tags={t["Key"]: t["Value"] for t in stack.get("Tags", [])},
        )

    def template(self, name: str) -> dict[str, Any]:
        """The template that a stack was made from last."""
        with translated("cloudformation", "cloudformation:GetTemplate"):
            body = self._client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        found: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
        return found

    def create_change_set(
        self,
        stack: str,
        name: str,
        kind: Literal["CREATE", "UPDATE"],
        *,
        body: str | None = None,
        url: str | None = None,
        parameters: dict[str, str],
        tags: dict[str, str],
    ) -> str:
        """Ask for a change set from a template given as text or as the URL of an object; its id."""
        template = {"TemplateURL": url} if url else {"TemplateBody": body}
        with translated("cloudformation", "cloudformation:CreateChangeSet"):
            made = self._client.create_change_set(
                StackName=stack,
                ChangeSetName=name,
                ChangeSetType=kind,
                Capabilities=_CAPABILITIES,
                Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
                Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
                **template,
            )
        return str(made["Id"])

    def change_set(self, id: str, stack: str) -> ChangeSet:
        with translated("cloudformation", "cloudformation:DescribeChangeSet"):
            found = self._client.describe_change_set(ChangeSetName=id, StackName=stack)
        return ChangeSet(id, found["Status"], found.get("StatusReason") or "")

    def change_sets(self, stack: str) -> list[str]:
        """Ids of the change sets of a stack that wait."""
        pages = self._client.get_paginator("list_change_sets").paginate(StackName=stack)
        with translated("cloudformation", "cloudformation:ListChangeSets"):
            return [str(found["ChangeSetId"]) for page in pages for found in page["Summaries"]]

    def execute(self, id: str, stack: str) -> None:
        with translated("cloudformation", "cloudformation:ExecuteChangeSet"):
            self._client.execute_change_set(ChangeSetName=id, StackName=stack)

    def delete_change_set(self, id: str, stack: str) -> None:
        with translated("cloudformation", "cloudformation:DeleteChangeSet"):
            self._client.delete_change_set(ChangeSetName=id, StackName=stack)

    def events(self, stack: str) -> Iterator[StackEvent]:
        """Events of a stack (by name or id), newest first; pages are fetched as they are needed."""
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=stack)
        with translated("cloudformation", "cloudformation:DescribeStackEvents"):
            for page in pages:
                for event in page["StackEvents"]:
                    yield StackEvent(
                        id=event["EventId"],
                        time=event["Timestamp"],
                        logical_id=event.get("LogicalResourceId", ""),
                        type=event.get("ResourceType", ""),
                        status=event.get("ResourceStatus", ""),
                        reason=event.get("ResourceStatusReason", ""),
                        physical_id=event.get("PhysicalResourceId", ""),
                    )

    def resources(self, stack: str) -> list[StackResource]:
        """What a stack holds now."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=stack)
        with translated("cloudformation", "cloudformation:ListStackResources"):
            return [
                StackResource(r["LogicalResourceId"], r.get("PhysicalResourceId", ""), r["ResourceType"])
                for page in pages
                for r in page["StackResourceSummaries"]
                if not r["ResourceStatus"].startswith("DELETE_COMPLETE")
            ]

    def delete(self, stack: str) -> None:
        with translated("cloudformation", "cloudformation:DeleteStack"):
            self._client.delete_stack(StackName=stack)

    def cancel_update(self, stack: str) -> None:
        with translated("cloudformation", "cloudformation:CancelUpdateStack"):
            self._client.cancel_update_stack(StackName=stack)

    def continue_rollback(self, stack: str) -> None:
        with translated("cloudformation", "cloudformation:ContinueUpdateRollback"):
            self._client.continue_update_rollback(StackName=stack)
