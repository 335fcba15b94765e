"""What of a stack stays for one change more."""

from __future__ import annotations

from typing import Any

from motia_cdk.deploy.parting import parting

FUNCTION = "AWS::Lambda::Function"


def function(role: str, **variables: Any) -> dict[str, Any]:
    properties = {"Role": {"Fn::GetAtt": [role, "Arn"]}, "Environment": {"Variables": variables}}
    return {"Type": FUNCTION, "DependsOn": ["Logs"], "Properties": properties}


def mapping(queue: str, to: str) -> dict[str, Any]:
    properties = {"EventSourceArn": {"Fn::GetAtt": [queue, "Arn"]}, "FunctionName": {"Ref": to}}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}


def queue(dead: str) -> dict[str, Any]:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": f"{dead}.Arn"}}
    return {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}}


BEFORE = {
    "Api": function("Shared", A="1"),
    "Other": function("Gone", A="1"),
    "Gone": {"Type": "AWS::IAM::Role", "Properties": {}},
    "Work": function("WorkRole", A="1", SECRET={"Ref": "Variable1"}, DROPPED={"Ref": "Variable2"}),
    "WorkRole": {"Type": "AWS::IAM::Role", "Properties": {}},
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
    "Shared": {"Type": "AWS::IAM::Role", "Properties": {}},
    "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "Queue": queue("Dead"),
    "Source": mapping("Queue", "Work"),
}
AFTER = {"Api": function("Shared", A="2", SECRET={"Ref": "Variable7"}), "Shared": BEFORE["Shared"]}


def test_a_queue_stays_with_all_that_drains_it_and_nothing_else() -> None:
    assert sorted(parting(BEFORE, AFTER)) == ["Dead", "Logs", "Queue", "Source", "Work", "WorkRole"]


def test_its_function_has_the_variables_under_the_names_of_the_new_template() -> None:
    left = parting(BEFORE, AFTER)["Work"]["Properties"]["Environment"]["Variables"]
    assert left == {"A": "1", "SECRET": {"Ref": "Variable7"}}


def test_without_a_queue_that_goes_nothing_stays() -> None:
    assert parting(BEFORE, {**BEFORE, "Api": AFTER["Api"]}) == {}
    assert parting({"Other": BEFORE["Other"], "Gone": BEFORE["Gone"]}, AFTER) == {}
