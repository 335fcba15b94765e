"""The templates, created on the emulator with IAM enforcement, and what functions can and cannot do there."""

import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

import motia
from cdk_manifests import orders
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.requests import EnvironmentRequest, StackTemplate, VersionRequest
from motia_cdk.synth_process import SynthProcess
from motia_local.emulator import Endpoint
from motia_project.manifest import Manifest
from motia_project.settings import Settings
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("constructs-emulator")]

PROJECT = "constructs"
PROBE = """
import json, os
from motia.aws.client import AwsClient
from motia.aws.functions import FunctionClient
from motia.errors import AwsError

def handler(event, context):
    if "invoke" in event:
        try:
            return {"ok": FunctionClient().invoke(event["invoke"], {"asked": os.environ.get("MOTIA_ACCESS_FUNCTION")})}
        except AwsError as error:
            return {"code": error.code}
    if "call" not in event:
        return {"statusCode": 200, "body": json.dumps({"version": os.environ["MOTIA_VERSION"], "event": event})}
    service, operation, payload = event["call"]
    try:
        return {"ok": AwsClient(service, max_attempts=1).call(operation, payload)}
    except AwsError as error:
        return {"code": error.code}
"""


@dataclass(frozen=True)
class Shop:
    """Two versions of the orders project, with a probe for each Step; v1 is live."""

    endpoint: Endpoint
    synth: SynthProcess
    manifest: Manifest
    ref: EnvironmentRef

    def client(self, service: str) -> Any:
        return _client(self.endpoint, service)

    def call(self, step: str, service: str, operation: str, **payload: Any) -> dict[str, Any]:
        """Have the function of a Step of v1 make an AWS call: {"ok": answer} or {"code": error code}."""
        return self.ask(step, call=[service, operation, payload])

    def invoke(self, step: str, other: str) -> dict[str, Any]:
        """Have the function of a Step of v1 invoke another of v1."""
        return self.ask(step, invoke=f"{PROJECT}_dev_v1_{other}")

    def ask(self, step: str, **event: Any) -> dict[str, Any]:
        name = f"{PROJECT}_dev_v1_{step}"
        sent = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        answer: dict[str, Any] = json.load(sent["Payload"])
        return answer

    def get(self, path: str) -> dict[str, Any]:
        url = f"{self.endpoint.url}/_aws/execute-api/{self.ref.api_id}{path}"
        answer: dict[str, Any] = json.load(urllib.request.urlopen(url, timeout=30))
        return answer

    def promote(self, version: str) -> None:
        request = EnvironmentRequest(PROJECT, "dev", Settings(), self.manifest, version)
        _apply(self.endpoint, self.synth.environment(request))

    def queue_url(self, step: str) -> str:
        url: str = self.client("sqs").get_queue_url(QueueName=f"{PROJECT}_dev_v1_{step}")["QueueUrl"]
        return url


@pytest.fixture(scope="module")
def shop(emulator_endpoint: Endpoint, synth_process: SynthProcess) -> Iterator[Shop]:
    manifest = _probes(orders(access=True))
    outputs = _apply(emulator_endpoint, synth_process.environment(EnvironmentRequest(PROJECT, "dev", Settings())))
    ref = EnvironmentRef.from_outputs(outputs)
    shop = Shop(emulator_endpoint, synth_process, manifest, ref)
    for bundle in manifest.bundles.values():
        shop.client("s3").put_object(Bucket=ref.bucket, Key=f"bundles/{bundle.sha256}.zip", Body=_zip())
    for version in ("v1", "v2"):
        _apply(emulator_endpoint, synth_process.version(VersionRequest(manifest, version, ref, Settings())))
    shop.promote("v1")
    yield shop
    stacks = shop.client("cloudformation")
    for name in (f"motia-{PROJECT}--dev--v1", f"motia-{PROJECT}--dev--v2", f"motia-{PROJECT}--dev"):
        stacks.delete_stack(StackName=name)


def test_promoting_moves_the_live_api_to_the_other_version(shop: Shop) -> None:
    assert shop.get("/orders/7")["version"] == "v1"
    shop.promote("v2")
    answer = shop.get("/orders/7")
    assert answer["version"] == "v2"
    assert answer["event"]["pathParameters"] == {"id": "7"}
    shop.promote("v1")
    assert shop.get("/orders")["version"] == "v1"


def test_the_live_api_answers_head(shop: Shop) -> None:
    url = f"{shop.endpoint.url}/_aws/execute-api/{shop.ref.api_id}/orders"
    assert urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=30).status == 200


def test_a_step_sends_where_it_emits_and_nowhere_else(shop: Shop) -> None:
    body = {"MessageBody": "{}"}
    assert "ok" in shop.call("Create-order-11ebd4", "sqs", "SendMessage", QueueUrl=shop.queue_url("Audit"), **body)
    fifo = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
    denied = shop.call(
        "Create-order-11ebd4", "sqs", "SendMessage", QueueUrl=shop.queue_url("Bill.fifo"), **body, **fifo
    )
    assert "AccessDenied" in denied["code"]
    for step in ("Audit", "ProcessOrder-dlq"):
        denied = shop.call("GetOrder", "sqs", "SendMessage", QueueUrl=shop.queue_url(step), **body)
        assert "AccessDenied" in denied["code"]


def test_an_api_step_receives_nothing(shop: Shop) -> None:
    denied = shop.call("Create-order-11ebd4", "sqs", "ReceiveMessage", QueueUrl=shop.queue_url("Audit"))
    assert "AccessDenied" in denied["code"]


def test_a_step_writes_state_and_no_foreign_table(shop: Shop) -> None:
    item = {"group": {"S": "g"}, "key": {"S": "k"}, "value": {"S": "1"}}
    assert "ok" in shop.call("GetOrder", "dynamodb", "PutItem", TableName=shop.ref.state_table, Item=item)
    for table in (shop.ref.deployment_table, shop.ref.lock_table, shop.ref.connection_table):
        denied = shop.call("GetOrder", "dynamodb", "PutItem", TableName=table, Item={"name": {"S": "x"}})
        assert "AccessDenied" in denied["code"]


def test_the_websocket_api_asks_the_function_with_its_rules_and_nobody_else_does(shop: Shop) -> None:
    asked = json.loads(shop.invoke("streams_python", "access_node")["ok"]["body"])
    assert asked["event"] == {"asked": f"{PROJECT}_dev_v1_access_node"}
    assert "AccessDenied" in shop.invoke("streams_python", "GetOrder")["code"]
    assert "AccessDenied" in shop.invoke("GetOrder", "access_node")["code"]


def test_rules_of_their_own_reach_nothing(shop: Shop) -> None:
    denied = shop.call("access_node", "dynamodb", "GetItem", TableName=shop.ref.state_table, Key={"group": {"S": "g"}})
    assert "AccessDenied" in denied["code"]


def test_an_event_reaches_its_function(shop: Shop) -> None:
    shop.client("sqs").send_message(QueueUrl=shop.queue_url("Audit"), MessageBody="{}")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def consumed() -> bool:
        url = shop.queue_url("Audit")
        left = shop.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
        return not any(int(count) for count in left.values())

    assert eventually(consumed)


def test_every_optional_feature_is_accepted(shop: Shop) -> None:
    """A custom domain, a VPC, alarms and a WebSocket API."""
    settings = Settings.model_validate(
        {
            "vpc": {"subnet_ids": ["subnet-12345678"], "security_group_ids": ["sg-12345678"]},
            "domain": {
                "name": "api.example.com",
                "certificate_arn": "arn:aws:acm:us-east-1:000000000000:certificate/x",
            },
            "alarms": {"topic_arn": "arn:aws:sns:us-east-1:000000000000:ops"},
        }
    )
    _apply(shop.endpoint, shop.synth.environment(EnvironmentRequest(PROJECT, "all", settings)))
    stacks = shop.client("cloudformation")
    (stack,) = stacks.describe_stacks(StackName=f"motia-{PROJECT}--all")["Stacks"]
    ref = EnvironmentRef.from_outputs({output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]})
    for bundle in shop.manifest.bundles.values():
        shop.client("s3").put_object(Bucket=ref.bucket, Key=f"bundles/{bundle.sha256}.zip", Body=_zip())
    request = EnvironmentRequest(PROJECT, "all", settings, shop.manifest, "v1")
    ref = EnvironmentRef.from_outputs(_apply(shop.endpoint, shop.synth.environment(request)))
    assert ref.websocket_endpoint.endswith("/live")
    assert ref.api_url == "https://api.example.com"
    _apply(shop.endpoint, shop.synth.version(VersionRequest(shop.manifest, "v1", ref, settings, {"KEY": "value"})))
    for name in (f"motia-{PROJECT}--all--v1", f"motia-{PROJECT}--all"):
        stacks.delete_stack(StackName=name)


def _apply(endpoint: Endpoint, template: StackTemplate) -> dict[str, str]:
    """Create or update a stack and wait for it; its outputs."""
    stacks = _client(endpoint, "cloudformation")
    known = {stack["StackName"] for stack in stacks.describe_stacks()["Stacks"]}
    change = stacks.update_stack if template.name in known else stacks.create_stack
    objects = _client(endpoint, "s3")  # this template may be longer than one in the call itself
    objects.create_bucket(Bucket="templates")
    objects.put_object(Bucket="templates", Key=template.name, Body=template.body)
    url = f"{endpoint.url}/templates/{template.name}"
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in template.parameters.items()]
    change(StackName=template.name, TemplateURL=url, Capabilities=["CAPABILITY_IAM"], Parameters=given)
    waiter = stacks.get_waiter("stack_update_complete" if template.name in known else "stack_create_complete")
    waiter.wait(StackName=template.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    (stack,) = stacks.describe_stacks(StackName=template.name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _client(endpoint: Endpoint, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint.url,
        region_name=endpoint.region,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
    )


def _probes(manifest: Manifest) -> Manifest:
    changes = {"handler": "probe.handler", "runtime": "python3.11"}
    return manifest.model_copy(
        update={"bundles": {key: bundle.model_copy(update=changes) for key, bundle in manifest.bundles.items()}}
    )


def _zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("probe.py", PROBE)
        package = Path(motia.__file__ or "").parent
        for source in sorted(package.rglob("*.py")):
            file.write(source, f"motia/{source.relative_to(package)}")
    return written.getvalue()
