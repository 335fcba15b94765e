"""Who may do what to streams and their clients: roles, enforced by the emulator."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from deployed_shop import Shop
from motia_cdk.deploy import DeployResult, promote
from motia_cdk.stack_names import environment_stack
from motia_project.bundling import Target as BuildTarget
from motia_project.bundling import build
from motia_project.discovery import discover
from parity.sockets import opened

pytestmark = pytest.mark.emulator

# Makes an AWS call, told as the name of a group, with the credentials of the function that evaluates canAccess.
STREAM = """
import json
from src.calls import attempt

def can_access(subscription):
    return attempt(json.loads(subscription["groupId"]))

config = {"name": "probe", "schema": None, "canAccess": can_access}
"""
CALLS = """
from motia.aws.client import AwsClient
from motia.aws.s3 import S3Client
from motia.errors import AwsError


def attempt(call):
    try:
        if call["service"] == "s3":
            S3Client().put(call["bucket"], call["key"], b"x")
        elif call["service"] == "execute-api":
            AwsClient("execute-api", endpoint=call["endpoint"]).request("X", call["method"], "/@connections/none", {})
        else:
            AwsClient(call["service"]).call(call["operation"], call["input"])
    except AwsError as error:
        if "AccessDenied" not in error.code and error.status != 403:
            return True
        return False
    return True
"""
STEP = """
from src.calls import attempt

config = {"type": "api", "name": "Probe", "method": "POST", "path": "/probe", "emits": []}

async def handler(req):
    return {"status": 200, "body": attempt(req.body)}
"""


def deploy(shop: Shop, version: str, *, streams: bool) -> DeployResult:
    project: Path = shop.folder / version
    files = {"steps/probe_step.py": STEP, "src/calls.py": CALLS, "requirements.txt": ""}
    if streams:
        files["steps/probe_stream.py"] = STREAM
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)
    built = build(discover(project), BuildTarget.local())
    return shop.deploy(version, built.manifest, dist=built.dist)


def outputs(shop: Shop) -> dict[str, str]:
    stack = shop.cloud.stacks.describe(environment_stack(shop.project, shop.environment))
    assert stack
    return stack.outputs


def dynamodb(operation: str, table: str, item: dict[str, str]) -> dict[str, Any]:
    typed = {key: {"S": value} for key, value in item.items()}
    body = {"Item": typed} if operation == "PutItem" else {"Key": typed}
    return {"service": "dynamodb", "operation": operation, "input": {"TableName": table, **body}}


def test_the_function_of_the_websocket_api_reads_streams_and_keeps_connections_and_no_more(shop: Shop) -> None:
    deployed = deploy(shop, "v1", streams=True)
    assert deployed.websocket_url
    found = outputs(shop)
    endpoint = deployed.websocket_url.replace("ws", "http", 1)
    room, item = {"room": "r", "connection": "c"}, {"group": "g", "id": "i"}
    allowed = [
        dynamodb("PutItem", found["ConnectionTable"], room),
        dynamodb("GetItem", found["StreamTable"], item),
        {"service": "execute-api", "endpoint": endpoint, "method": "POST"},
    ]
    denied = [
        dynamodb("PutItem", found["StreamTable"], item),
        dynamodb("DeleteItem", found["StreamTable"], item),
        dynamodb("GetItem", found["StateTable"], {"group": "g", "key": "k"}),
        dynamodb("GetItem", found["DeploymentTable"], {"name": "environment"}),
        {"service": "execute-api", "endpoint": endpoint, "method": "DELETE"},
        {"service": "s3", "bucket": found["Bucket"], "key": "streams/x"},
        {"service": "sqs", "operation": "ListQueues", "input": {}},
    ]
    with opened(deployed.websocket_url) as socket:

        def is_allowed(call: dict[str, Any]) -> bool:
            socket.join("probe", json.dumps(call))
            return bool(socket.event()["type"] == "sync")

        assert [call for call in allowed if not is_allowed(call)] == []
        assert [call for call in denied if is_allowed(call)] == []


def test_steps_reach_clients_only_in_a_project_with_streams(shop: Shop) -> None:
    plain = deploy(shop, "v1", streams=False)
    assert plain.websocket_url is None
    endpoint = outputs(shop)["WebsocketUrl"].replace("wss", "https", 1)
    local = f"{shop.cloud.endpoint_url}/_aws/execute-api/{endpoint.partition('//')[2].partition('.')[0]}/live"
    calls = [
        {"service": "execute-api", "endpoint": local, "method": "POST"},
        dynamodb("DeleteItem", outputs(shop)["ConnectionTable"], {"room": "r", "connection": "c"}),
    ]
    assert [answer(plain.api_url, call) for call in calls] == [False, False]
    deploy(shop, "v2", streams=True)
    promoted = shop.ask(promote, "v2")
    assert promoted.websocket_url
    assert [answer(plain.api_url, call) for call in calls] == [True, True]
    assert not answer(plain.api_url, {**calls[0], "method": "DELETE"})
    foreign = dynamodb("PutItem", outputs(shop)["ConnectionTable"], {"room": "r", "connection": "c"})
    assert not answer(plain.api_url, foreign)


def answer(api_url: str, call: dict[str, Any]) -> bool:
    request = urllib.request.Request(
        f"{api_url}/probe", data=json.dumps(call).encode(), headers={"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return bool(json.load(response))
