"""A Step can do what its configuration declares, and nothing else: its role, enforced by the emulator."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from deployed_shop import Shop
from motia.names import queue_name, version_prefix
from motia_cdk.deploy import DeployResult
from motia_cdk.deploy.cloud import Cloud
from motia_project.bundling import Target as BuildTarget
from motia_project.bundling import build
from motia_project.discovery import discover

pytestmark = pytest.mark.emulator

# Makes one AWS call with the function's own credentials and answers the error code, or "allowed".
PROBE = """
from motia.aws.client import AwsClient
from motia.aws.s3 import S3Client
from motia.errors import AwsError

config = {
    "type": "api", "name": "Probe", "method": "POST", "path": "/probe", "emits": ["declared"],
}

async def handler(req, context):
    call = req.body
    try:
        if call["service"] == "s3":
            S3Client().put(call["bucket"], call["key"], b"x")
        else:
            AwsClient(call["service"]).call(call["operation"], call["input"])
    except AwsError as error:
        return {"status": 200, "body": {"code": error.code}}
    return {"status": 200, "body": {"code": "allowed"}}
"""
LISTENER = """
config = {{"type": "event", "name": "{name}", "subscribes": ["{topic}"], "emits": []}}

async def handler(data, context):
    pass
"""


@pytest.fixture
def deployed(shop: Shop) -> DeployResult:
    project = shop.folder / "project"
    (project / "steps").mkdir(parents=True)
    (project / "requirements.txt").write_text("")
    (project / "steps" / "probe_step.py").write_text(PROBE)
    for name, topic in (("Mine", "declared"), ("Foreign", "undeclared")):
        (project / "steps" / f"{name.lower()}_step.py").write_text(LISTENER.format(name=name, topic=topic))
    built = build(discover(project), BuildTarget.local())
    return shop.deploy("v1", built.manifest, dist=built.dist)


def probe(deployed: DeployResult, **call: Any) -> str:
    request = urllib.request.Request(
        f"{deployed.api_url}/probe",
        data=json.dumps(call).encode(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(json.load(answer)["code"])


def test_a_role_allows_what_the_step_declares_and_nothing_else(shop: Shop, deployed: DeployResult) -> None:
    cloud = shop.cloud
    prefix = version_prefix(shop.project, shop.environment, "v1")
    queues = {name: _queue(cloud, queue_name(prefix, name, fifo=False)) for name in ("Mine", "Foreign")}
    cloud.client("dynamodb").create_table(
        TableName="foreign",
        AttributeDefinitions=[{"AttributeName": "group", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "group", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    state, deployments, bucket = _environment(cloud, shop)
    item = {"group": {"S": "g"}, "key": {"S": "k"}, "value": {"S": "1"}}

    def send(queue: str) -> str:
        call = {"QueueUrl": queues[queue], "MessageBody": "{}"}
        return probe(deployed, service="sqs", operation="SendMessage", input=call)

    def put(table: str) -> str:
        return probe(deployed, service="dynamodb", operation="PutItem", input={"TableName": table, "Item": item})

    assert send("Mine") == "allowed"
    assert "AccessDenied" in send("Foreign")
    assert put(state) == "allowed"
    assert "AccessDenied" in put("foreign")
    assert "AccessDenied" in put(deployments)
    assert probe(deployed, service="s3", bucket=bucket, key="state/x") == "allowed"
    assert "AccessDenied" in probe(deployed, service="s3", bucket=bucket, key="bundles/x")
    receive = {"QueueUrl": queues["Mine"]}
    assert "AccessDenied" in probe(deployed, service="sqs", operation="ReceiveMessage", input=receive)


def _queue(cloud: Cloud, name: str) -> str:
    return str(cloud.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def _environment(cloud: Cloud, shop: Shop) -> tuple[str, str, str]:
    from motia_cdk.stack_names import environment_stack

    stack = cloud.stacks.describe(environment_stack(shop.project, shop.environment))
    assert stack
    return stack.outputs["StateTable"], stack.outputs["DeploymentTable"], stack.outputs["Bucket"]
