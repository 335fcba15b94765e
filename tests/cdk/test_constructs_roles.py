"""What the roles of a version allow, decided from the rendered policies."""

import json
from dataclasses import replace

import pytest

from cdk_manifests import ENVIRONMENT, api, cron, event, manifest, node, orders
from cdk_templates import Role, Template, of_type, queue_arn, render, table_arn
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.requests import VersionRequest
from motia_cdk.synth_process import SynthProcess
from motia_project.manifest import Manifest
from motia_project.settings import Settings

QUEUES = ("Audit", "Bill.fifo", "ProcessOrder")
POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def version(
    process: SynthProcess, built: Manifest, ref: EnvironmentRef = ENVIRONMENT, settings: Settings | None = None
) -> Template:
    return process.version(VersionRequest(built, "v1", ref, settings or Settings())).template


def queue(step: str) -> str:
    return queue_arn(f"shop_dev_v1_{step}")


@pytest.mark.parametrize(
    ("step", "reached"),
    [
        ("Create-order-11ebd4", {"Audit", "ProcessOrder"}),
        ("GetOrder", set()),
        ("ProcessOrder", {"Audit", "Bill.fifo"}),
        ("Bill", set()),
        ("Nightly", {"Audit", "ProcessOrder"}),
        ("Payday", set()),
    ],
)
def test_a_step_sends_to_the_queues_of_its_emits_and_to_no_other(
    synth_process: SynthProcess, step: str, reached: set[str]
) -> None:
    role = Role(version(synth_process, orders()), f"shop_dev_v1_{step}")
    assert {name for name in QUEUES if role.may("sqs:SendMessage", queue(name))} == reached
    assert all(role.may("sqs:GetQueueUrl", queue(name)) for name in reached)
    assert not role.may("sqs:SendMessage", queue("ProcessOrder-dlq"))


def test_only_the_poller_receives_and_only_from_the_queues_of_the_roles_functions(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    for action in POLL:
        role = Role(template, "shop_dev_v1_ProcessOrder")
        assert role.may(action, queue("ProcessOrder"), as_function=False)
        assert not role.may(action, queue("ProcessOrder"))
        assert not role.may(action, queue("Audit"), as_function=False)
        assert not Role(template, "shop_dev_v1_GetOrder").may(action, queue("Audit"), as_function=False)


def test_an_event_step_delays_the_retry_of_its_own_message(synth_process: SynthProcess) -> None:
    role = Role(version(synth_process, orders()), "shop_dev_v1_Bill")
    assert role.may("sqs:ChangeMessageVisibility", queue("Bill.fifo"))
    assert not role.may("sqs:ChangeMessageVisibility", queue("ProcessOrder"))


def test_steps_reach_the_tables_of_their_environment_and_no_other(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    for step in ("GetOrder", "Bill", "Nightly"):
        role = Role(template, f"shop_dev_v1_{step}")
        for action in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchWriteItem"):
            assert role.may(f"dynamodb:{action}", table_arn("shop-state"))
            assert role.may(f"dynamodb:{action}", table_arn("shop-streams"))
            assert not role.may(f"dynamodb:{action}", table_arn("shop-deployments"))
            assert role.may(f"dynamodb:{action}", table_arn("shop-connections")) == (action in ("DeleteItem", "Query"))
            assert not role.may(f"dynamodb:{action}", table_arn("shop-state-of-others"))
        assert not role.may("dynamodb:Scan", table_arn("shop-state"))
        assert not role.may("dynamodb:DeleteTable", table_arn("shop-state"))


def test_only_cron_steps_lock(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    assert Role(template, "shop_dev_v1_Nightly").may("dynamodb:PutItem", table_arn("shop-locks"))
    assert not Role(template, "shop_dev_v1_Bill").may("dynamodb:PutItem", table_arn("shop-locks"))
    assert not Role(template, "shop_dev_v1_GetOrder").may("dynamodb:PutItem", table_arn("shop-locks"))


def test_a_project_without_streams_does_not_reach_the_stream_table(synth_process: SynthProcess) -> None:
    role = Role(version(synth_process, manifest(api("Hello", "GET", "/"))), "shop_dev_v1_Hello")
    assert not role.may("dynamodb:GetItem", table_arn("shop-streams"))
    assert not role.may("s3:GetObject", "arn:aws:s3:::shop-bucket/streams/x")


def test_large_values_are_reached_by_prefix(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    for step in ("GetOrder", "Bill"):
        role = Role(template, f"shop_dev_v1_{step}")
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            assert role.may(action, "arn:aws:s3:::shop-bucket/state/x")
            assert role.may(action, "arn:aws:s3:::shop-bucket/streams/x")
            assert not role.may(action, "arn:aws:s3:::shop-bucket/bundles/x")
            assert not role.may(action, "arn:aws:s3:::shop-bucket/manifests/x")


def test_large_events_are_written_by_emitters_and_read_by_subscribers(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    payload = "arn:aws:s3:::shop-bucket/payloads/x"
    emitter, subscriber = Role(template, "shop_dev_v1_Create-order-11ebd4"), Role(template, "shop_dev_v1_Bill")
    assert (emitter.may("s3:PutObject", payload), emitter.may("s3:GetObject", payload)) == (True, False)
    assert (subscriber.may("s3:PutObject", payload), subscriber.may("s3:GetObject", payload)) == (False, True)


def test_a_function_logs_to_the_groups_of_its_role(synth_process: SynthProcess) -> None:
    role = Role(version(synth_process, orders()), "shop_dev_v1_Bill")
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/shop_dev_v1_{}:log-stream:x"
    assert role.may("logs:PutLogEvents", group.format("Bill"))
    assert not role.may("logs:PutLogEvents", group.format("ProcessOrder"))
    assert not role.may("logs:CreateLogGroup", group.format("Bill"))


def test_steps_push_to_clients_only_where_there_is_a_websocket_api(synth_process: SynthProcess) -> None:
    connection = "arn:aws:execute-api:eu-central-1:123456789012:ws1/live/POST/@connections/c1"
    plain = manifest(event("Bill", ("order.processed",)))
    without = Role(version(synth_process, plain), "shop_dev_v1_Bill")
    assert not without.may("execute-api:ManageConnections", connection.replace("ws1", "w1s2"))
    assert not without.may("dynamodb:Query", table_arn("shop-connections"))
    ref = replace(ENVIRONMENT, websocket_api_id="ws1", websocket_endpoint="https://ws1/live", websocket_url="wss://ws1")
    role = Role(version(synth_process, orders(), ref), "shop_dev_v1_Bill")
    assert role.may("execute-api:ManageConnections", connection)
    assert not role.may("execute-api:ManageConnections", connection.replace("ws1", "other"))
    assert role.may("dynamodb:Query", table_arn("shop-connections"))


def test_the_function_of_the_websocket_api_keeps_rooms_reads_streams_and_no_more(synth_process: SynthProcess) -> None:
    role = Role(version(synth_process, orders()), "shop_dev_v1_streams_python")
    connection = "arn:aws:execute-api:eu-central-1:123456789012:w1s2/live/{}/@connections/c1"
    assert role.may("execute-api:ManageConnections", connection.format("POST"))
    assert not role.may("execute-api:ManageConnections", connection.format("DELETE"))
    for action in ("PutItem", "GetItem", "DeleteItem", "Query"):
        assert role.may(f"dynamodb:{action}", table_arn("shop-connections"))
    assert role.may("dynamodb:GetItem", table_arn("shop-streams"))
    assert role.may("s3:GetObject", "arn:aws:s3:::shop-bucket/streams/x")
    for denied in ("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Scan"):
        assert not role.may(denied, table_arn("shop-streams"))
    assert not role.may("dynamodb:GetItem", table_arn("shop-state"))
    assert not role.may("s3:GetObject", "arn:aws:s3:::shop-bucket/state/x")
    assert not role.may("sqs:SendMessage", queue("Audit"))


def test_rules_in_another_language_are_a_function_that_may_log_and_no_more(synth_process: SynthProcess) -> None:
    template = version(synth_process, ruled())
    role = Role(template, "shop_dev_v1_access_node")
    (statement,) = role.statements
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/shop_dev_v1_access_node:*"
    assert statement["Resource"] in (group, [group])


def test_only_the_websocket_api_asks_for_them_and_nothing_else(synth_process: SynthProcess) -> None:
    template = version(synth_process, ruled())
    function = "arn:aws:lambda:eu-central-1:123456789012:function:shop_dev_v1_{}"
    asks, step = (Role(template, f"shop_dev_v1_{name}") for name in ("streams_python", "Read"))
    assert asks.may("lambda:InvokeFunction", function.format("access_node"))
    assert not asks.may("lambda:InvokeFunction", function.format("Read"))
    assert not asks.may("lambda:InvokeFunction", function.format("access_node:1"))
    assert not step.may("lambda:InvokeFunction", function.format("access_node"))
    plain = Role(version(synth_process, orders()), "shop_dev_v1_streams_python")
    assert not any("lambda:InvokeFunction" in statement["Action"] for statement in plain.statements)


def ruled() -> Manifest:
    return manifest(node(api("Read", "GET", "/")), streams=("chat",), access=True)


def test_lambda_attaches_network_interfaces_and_the_code_cannot(synth_process: SynthProcess) -> None:
    vpc = {"vpc": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}}
    role = Role(version(synth_process, orders(), settings=Settings.model_validate(vpc)), "shop_dev_v1_GetOrder")
    assert role.may("ec2:CreateNetworkInterface", "*", as_function=False)
    assert not role.may("ec2:CreateNetworkInterface", "*")


def test_roles_are_for_lambda_and_name_exact_actions(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    for role in of_type(template, "IAM::Role").values():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        for statement in render(role)["Policies"][0]["PolicyDocument"]["Statement"]:
            assert not any("*" in action for action in statement["Action"])
            assert statement["Effect"] == "Deny" or statement["Resource"] != "*"


def test_steps_with_equal_grants_share_a_role(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    names = ("GetOrder", "ListOrders", "Bill", "Audit", "Create-order-11ebd4", "ProcessOrder")
    roles = {name: Role(template, f"shop_dev_v1_{name}").id for name in names}
    assert roles["GetOrder"] == roles["ListOrders"]
    assert roles["Bill"] == roles["Audit"]
    assert len(set(roles.values())) == 4


def test_a_hundred_steps_take_few_roles_whose_policies_fit(synth_process: SynthProcess) -> None:
    events = [event(f"Work{n:03}", (f"topic{n}",), (f"topic{n % 4}",)) for n in range(60)]
    others = [api(f"Read{n:03}", "GET", f"/{n}") for n in range(20)] + [cron(f"Tick{n}", "0 0 * * *") for n in range(5)]
    template = version(synth_process, manifest(*events, *others), settings=Settings(preview=False))
    roles = of_type(template, "IAM::Role")
    assert len(roles) <= 10
    for properties in roles.values():
        assert len(json.dumps(render(properties)["Policies"][0]["PolicyDocument"], separators=(",", ":"))) <= 10_240
    for n in range(60):
        sends = {
            m
            for m in range(60)
            if Role(template, f"shop_dev_v1_Work{n:03}").may("sqs:SendMessage", queue(f"Work{m:03}"))
        }
        assert sends == {n % 4}
