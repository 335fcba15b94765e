"""What an environment stack holds."""

from typing import Any

from cdk_manifests import api, cron, event, manifest, orders
from cdk_templates import Template, by, of_type, render
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.requests import EnvironmentRequest
from motia_cdk.synth_process import SynthProcess
from motia_project.manifest import Manifest
from motia_project.settings import Settings

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function"


def environment(
    process: SynthProcess,
    live: Manifest | None = None,
    version: str = "v1",
    settings: Settings | None = None,
    **more: Any,
) -> Template:
    request = EnvironmentRequest("shop", "dev", settings or Settings(), live, version if live else None, **more)
    return process.environment(request).template


def kept(template: Template) -> set[str]:
    return {
        id
        for id, resource in template["Resources"].items()
        if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == ("RetainExceptOnCreate", "Retain")
    }


def table(template: Template, output: str) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the table behind an output."""
    id = template["Outputs"][output]["Value"]["Ref"]
    return id, of_type(template, "DynamoDB::Table")[id]


def an_api(template: Template, protocol: str) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the only API of a protocol, HTTP or WEBSOCKET."""
    (found,) = [
        (id, api) for id, api in of_type(template, "ApiGatewayV2::Api").items() if api["ProtocolType"] == protocol
    ]
    return found


def test_tables_are_on_demand_with_the_keys_that_the_runtime_uses(synth_process: SynthProcess) -> None:
    template = environment(synth_process)
    keys = {}
    for output in ("StateTable", "StreamTable", "LockTable", "ConnectionTable", "DeploymentTable"):
        _, properties = table(template, output)
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        keys[output] = {key["AttributeName"]: key["KeyType"] for key in properties["KeySchema"]}
    assert keys == {
        "StateTable": {"group": "HASH", "key": "RANGE"},
        "StreamTable": {"group": "HASH", "id": "RANGE"},
        "LockTable": {"name": "HASH"},
        "ConnectionTable": {"room": "HASH", "connection": "RANGE"},
        "DeploymentTable": {"name": "HASH"},
    }


def test_what_users_would_miss_outlives_the_stack(synth_process: SynthProcess) -> None:
    template = environment(synth_process)
    tables = {output: table(template, output)[0] for output in ("StateTable", "StreamTable", "DeploymentTable")}
    assert set(tables.values()) | set(of_type(template, "S3::Bucket")) <= kept(template)
    for output in ("LockTable", "ConnectionTable"):
        id, properties = table(template, output)
        assert id not in kept(template)
        assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_state_can_be_restored_to_a_point_in_time(synth_process: SynthProcess) -> None:
    _, state = table(environment(synth_process), "StateTable")
    assert state["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_bucket_is_private_encrypted_and_tls_only(synth_process: SynthProcess) -> None:
    template = environment(synth_process)
    ((id, bucket),) = of_type(template, "S3::Bucket").items()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert (rules["payloads"]["Prefix"], rules["payloads"]["ExpirationInDays"]) == ("payloads/", 29)
    ((_, policy),) = of_type(template, "S3::BucketPolicy").items()
    (statement,) = render(policy)["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == [f"arn:aws:s3:::<{id}>", f"arn:aws:s3:::<{id}>/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_outputs_are_what_a_version_refers_to(synth_process: SynthProcess) -> None:
    template = environment(synth_process)
    outputs = {key: render(output["Value"]) for key, output in template["Outputs"].items()}
    ref = EnvironmentRef.from_outputs(outputs)
    assert (ref.project, ref.environment, ref.prefix) == ("shop", "dev", "shop_dev")
    api_id, _ = an_api(template, "HTTP")
    assert (ref.api_id, ref.api_url) == (f"<{api_id}>", f"<{api_id}.ApiEndpoint>")
    assert ref.outputs() == outputs


def test_nothing_live_means_an_api_without_routes(synth_process: SynthProcess) -> None:
    template = environment(synth_process)
    assert an_api(template, "HTTP")
    assert not of_type(template, "ApiGatewayV2::Route")
    assert not of_type(template, "Events::Rule")


def test_the_live_api_allows_every_origin_and_deploys_itself(synth_process: SynthProcess) -> None:
    template = environment(synth_process)
    _, live = an_api(template, "HTTP")
    everything = {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"], "MaxAge": 600}
    assert live["CorsConfiguration"] == everything
    (stage,) = of_type(template, "ApiGatewayV2::Stage").values()
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)


def test_promoting_moves_routes_and_rules_in_place(synth_process: SynthProcess) -> None:
    before = environment(synth_process, orders(), "v1")
    after = environment(synth_process, orders(), "v2")
    (old_role,), (new_role,) = of_type(before, "IAM::Role"), of_type(after, "IAM::Role")
    # the schedules' role is another one for each version: while they move, neither is refused
    assert before["Resources"].keys() - {old_role} == after["Resources"].keys() - {new_role}
    changed = {r["Type"] for id, r in after["Resources"].items() if r != before["Resources"].get(id, r)}
    # routes point at integrations, which point at the other version's functions
    assert changed == {
        "AWS::ApiGatewayV2::Integration",
        "AWS::Events::Rule",
        "AWS::Scheduler::Schedule",
    }
    uris = {render(p)["IntegrationUri"] for p in of_type(after, "ApiGatewayV2::Integration").values()}
    called = {uri.removesuffix("/invocations").partition(f"{FUNCTION}:")[2] for uri in uris}
    steps = ("Create-order-11ebd4", "GetOrder", "ListOrders", "streams_python")
    assert called == {f"shop_dev_v2_{step}" for step in steps}


def test_a_route_with_a_renamed_parameter_is_the_same_route(synth_process: SynthProcess) -> None:
    before = environment(synth_process, manifest(api("Get", "GET", "/orders/:id")))
    after = environment(synth_process, manifest(api("Get", "GET", "/orders/:orderId")))
    assert of_type(before, "ApiGatewayV2::Route").keys() == of_type(after, "ApiGatewayV2::Route").keys()
    assert sorted(by(after, "ApiGatewayV2::Route", "RouteKey")) == ["GET /orders/{orderId}", "HEAD /orders/{orderId}"]


def test_cron_steps_become_rules_one_or_two(synth_process: SynthProcess) -> None:
    template = environment(synth_process, orders())
    rules = by(template, "Events::Rule", "Name")
    assert {name: rule["ScheduleExpression"] for name, rule in rules.items()} == {
        "shop_dev_Nightly_1": "cron(0 3 * * ? *)",
        "shop_dev_Payday_1": "cron(0 9 1 * ? *)",
        "shop_dev_Payday_2": "cron(0 9 ? * 2 *)",
    }
    assert {target["Arn"] for rule in rules.values() for target in rule["Targets"]} == {
        f"{FUNCTION}:shop_dev_v1_Nightly",
        f"{FUNCTION}:shop_dev_v1_Payday",
    }


def test_a_time_zone_takes_a_schedule_with_a_role_for_that_function_alone(synth_process: SynthProcess) -> None:
    template = environment(synth_process, orders())
    schedule = by(template, "Scheduler::Schedule", "Name")["shop_dev_Closing_1"]
    assert schedule["ScheduleExpression"] == "cron(30 17 ? * 2-6 *)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert '"time": "<aws.scheduler.scheduled-time>"' in schedule["Target"]["Input"]
    ((id, role),) = of_type(template, "IAM::Role").items()
    assert schedule["Target"]["RoleArn"] == f"<{id}.Arn>"
    (statement,) = render(role)["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == [f"{FUNCTION}:shop_dev_v1_Closing"]


def test_without_cron_steps_the_environment_has_no_role(synth_process: SynthProcess) -> None:
    template = environment(synth_process, manifest(api("Hello", "GET", "/"), event("Work", ("work",))))
    assert not of_type(template, "IAM::Role")
    assert not of_type(template, "Scheduler::Schedule")


def test_long_step_names_still_give_legal_unique_rule_names(synth_process: SynthProcess) -> None:
    steps = [cron("x" * 60 + suffix, "0 0 1 * MON") for suffix in ("a", "b")]
    names = by(environment(synth_process, manifest(*steps)), "Events::Rule", "Name")
    assert len(names) == 4
    assert max(map(len, names)) <= 64


def test_a_custom_domain_is_mapped_to_the_live_stage(synth_process: SynthProcess) -> None:
    certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/abc"
    settings = Settings.model_validate({"domain": {"name": "api.example.com", "certificate_arn": certificate}})
    template = environment(synth_process, orders(), settings=settings)
    (domain,) = of_type(template, "ApiGatewayV2::DomainName").values()
    assert domain["DomainNameConfigurations"][0]["CertificateArn"] == certificate
    (mapping,) = of_type(template, "ApiGatewayV2::ApiMapping").values()
    (stage,) = [id for id, p in of_type(template, "ApiGatewayV2::Stage").items() if p["StageName"] == "$default"]
    assert mapping["Stage"] == {"Ref": stage}
    assert template["Outputs"]["ApiUrl"]["Value"] == "https://api.example.com"
    assert {"DomainTarget", "DomainZoneId"} <= template["Outputs"].keys()


def test_all_routes_of_the_websocket_api_lead_to_the_live_versions_streams(synth_process: SynthProcess) -> None:
    template = environment(synth_process, orders(), "v7")
    socket, _ = an_api(template, "WEBSOCKET")
    routes = by(template, "ApiGatewayV2::Route", "RouteKey")
    ours = {key for key, route in routes.items() if route["ApiId"] == f"<{socket}>"}
    assert ours == {"$connect", "$disconnect", "$default"}
    (uri,) = {
        integration["IntegrationUri"]
        for integration in by(template, "ApiGatewayV2::Integration", "IntegrationUri").values()
        if integration["ApiId"] == f"<{socket}>"
    }
    assert f"{FUNCTION}:shop_dev_v7_streams_python/invocations" in uri


def test_the_websocket_stage_waits_for_its_routes(synth_process: SynthProcess) -> None:
    resources = environment(synth_process, orders())["Resources"]
    (stage,) = [
        resource for resource in resources.values() if resource.get("Properties", {}).get("StageName") == "live"
    ]
    assert {resources[id]["Type"] for id in stage["DependsOn"]} == {"AWS::ApiGatewayV2::Route"}
    assert len(stage["DependsOn"]) == 3


def test_the_websocket_address_is_there_before_anything_is_live_and_stays(synth_process: SynthProcess) -> None:
    empty, plain, live = (
        environment(synth_process, manifest) for manifest in (None, manifest(api("A", "GET", "/a")), orders())
    )
    assert an_api(empty, "WEBSOCKET") == an_api(plain, "WEBSOCKET") == an_api(live, "WEBSOCKET")
    assert "live" not in {stage["StageName"] for stage in of_type(plain, "ApiGatewayV2::Stage").values()}
    outputs = {key: render(output["Value"]) for key, output in empty["Outputs"].items()}
    ref = EnvironmentRef.from_outputs(outputs)
    host = f"{ref.websocket_api_id}.execute-api.eu-central-1.amazonaws.com/live"
    assert (ref.websocket_endpoint, ref.websocket_url) == (f"https://{host}", f"wss://{host}")
