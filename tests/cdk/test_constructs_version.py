"""What a version stack holds."""

from cdk_manifests import ENVIRONMENT, api, event, manifest, node, orders
from cdk_templates import Template, by, of_type, queue_arn, render
from motia_cdk.requests import VersionRequest
from motia_cdk.synth_process import SynthProcess
from motia_project.manifest import Manifest
from motia_project.settings import Settings


def version(process: SynthProcess, built: Manifest, settings: Settings | None = None, **more: object) -> Template:
    request = VersionRequest(built, "v1", ENVIRONMENT, settings or Settings(), **more)  # type: ignore[arg-type]
    return process.version(request).template


def test_each_step_is_a_function_with_its_own_log_group(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders(), Settings(log_retention_days=7))
    functions = by(template, "Lambda::Function", "FunctionName")
    assert sorted(functions) == [
        "shop_dev_v1_Audit",
        "shop_dev_v1_Bill",
        "shop_dev_v1_Closing",
        "shop_dev_v1_Create-order-11ebd4",
        "shop_dev_v1_GetOrder",
        "shop_dev_v1_ListOrders",
        "shop_dev_v1_Nightly",
        "shop_dev_v1_Payday",
        "shop_dev_v1_ProcessOrder",
        "shop_dev_v1_streams_python",
    ]
    groups = of_type(template, "Logs::LogGroup")
    for name, function in functions.items():
        group = groups[function["LoggingConfig"]["LogGroup"].strip("<>")]
        assert group == {"LogGroupName": f"/aws/lambda/{name}", "RetentionInDays": 7}
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        timeout_s = 29 if name == "shop_dev_v1_streams_python" else 30
        assert (function["MemorySize"], function["Timeout"]) == (512, timeout_s)


def test_the_handler_and_the_code_are_those_of_the_bundle(synth_process: SynthProcess) -> None:
    built = orders()
    function = by(version(synth_process, built), "Lambda::Function", "FunctionName")["shop_dev_v1_Bill"]
    sha256 = built.bundles["python/steps/Bill_step.zip"].sha256
    assert function["Handler"] == "motia_handlers.sqs.handler"
    assert function["Code"] == {"S3Bucket": "shop-bucket", "S3Key": f"bundles/{sha256}.zip"}


def test_steps_of_both_languages_are_functions_of_their_own_runtime(synth_process: SynthProcess) -> None:
    steps = [
        node(api("Read", "GET", "/", memory_mb=256)),
        node(event("Bill", ("work",), queue={"fifo": True}, timeout_s=12)),
        event("Audit", ("work",)),
    ]
    template = version(synth_process, manifest(*steps))
    functions = by(template, "Lambda::Function", "FunctionName")
    assert {name: (function["Runtime"], function["Handler"]) for name, function in functions.items()} == {
        "shop_dev_v1_Audit": ("python3.13", "motia_handlers.sqs.handler"),
        "shop_dev_v1_Bill": ("nodejs22.x", "index.handler"),
        "shop_dev_v1_Read": ("nodejs22.x", "index.handler"),
    }
    assert functions["shop_dev_v1_Read"]["MemorySize"] == 256
    assert functions["shop_dev_v1_Bill"]["Timeout"] == 12
    assert by(template, "SQS::Queue", "QueueName")["shop_dev_v1_Bill.fifo"]["VisibilityTimeout"] == 6 * 12
    sources = [render(properties) for properties in of_type(template, "Lambda::EventSourceMapping").values()]
    assert all(source["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for source in sources)


def test_rules_for_streams_in_another_language_have_a_function_that_the_websocket_api_knows(
    synth_process: SynthProcess,
) -> None:
    template = version(synth_process, manifest(node(api("Read", "GET", "/")), streams=("chat",), access=True))
    functions = by(template, "Lambda::Function", "FunctionName")
    access = functions["shop_dev_v1_access_node"]
    assert (access["Runtime"], access["Handler"], access["MemorySize"]) == ("nodejs22.x", "index.handler", 512)
    assert access["Timeout"] < functions["shop_dev_v1_streams_python"]["Timeout"]
    told = {
        name: function["Environment"]["Variables"].get("MOTIA_ACCESS_FUNCTION") for name, function in functions.items()
    }
    assert told == {
        "shop_dev_v1_Read": None,
        "shop_dev_v1_access_node": None,
        "shop_dev_v1_streams_python": "shop_dev_v1_access_node",
    }
    groups = {group["LogGroupName"] for group in of_type(template, "Logs::LogGroup").values()}
    assert "/aws/lambda/shop_dev_v1_access_node" in groups
    callers = [p["FunctionName"] for p in of_type(template, "Lambda::Permission").values()]
    ids = {render(p)["FunctionName"]: id for id, p in of_type(template, "Lambda::Function").items()}
    assert {"Ref": ids["shop_dev_v1_access_node"]} not in callers  # it is no API's, nor a rule's


def test_the_users_variables_are_read_back_from_no_template(synth_process: SynthProcess) -> None:
    made = synth_process.version(
        VersionRequest(
            orders(), "v1", ENVIRONMENT, Settings(), env_vars={"STRIPE_KEY": "sk_live", "LOG_LEVEL": "DEBUG"}
        )
    )
    assert "sk_live" not in made.body
    assert made.parameters == {"Variable1": "DEBUG", "Variable2": "sk_live"}
    declared = {"Type": "String", "NoEcho": True}
    assert made.template["Parameters"] == {
        "Variable1": {**declared, "Description": "LOG_LEVEL"},
        "Variable2": {**declared, "Description": "STRIPE_KEY"},
    }


def test_functions_know_their_place_and_the_users_variables(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders(), env_vars={"STRIPE_KEY": "sk", "LOG_LEVEL": "DEBUG"})
    variables = by(template, "Lambda::Function", "FunctionName")["shop_dev_v1_Bill"]["Environment"]["Variables"]
    assert variables == {
        "LOG_LEVEL": "<Variable1>",
        "MOTIA_BUCKET": "shop-bucket",
        "MOTIA_CONNECTION_TABLE": "shop-connections",
        "MOTIA_ENVIRONMENT": "dev",
        "MOTIA_LOCK_TABLE": "shop-locks",
        "MOTIA_PREFIX": "shop_dev_v1",
        "MOTIA_PROJECT": "shop",
        "MOTIA_QUEUE_BASE": "https://sqs.eu-central-1.amazonaws.com/123456789012/",
        "MOTIA_STATE_TABLE": "shop-state",
        "MOTIA_STREAM_TABLE": "shop-streams",
        "MOTIA_VERSION": "v1",
        "MOTIA_WEBSOCKET_ENDPOINT": "https://w1s2.execute-api.eu-central-1.amazonaws.com/live",
        "STRIPE_KEY": "<Variable2>",
    }
    plain = version(synth_process, manifest(api("A", "GET", "/a")))
    (function,) = of_type(plain, "Lambda::Function").values()
    assert "MOTIA_WEBSOCKET_ENDPOINT" not in function["Environment"]["Variables"]


def test_a_standard_queue_redrives_to_a_dead_letter_queue_of_its_own(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    queues = by(template, "SQS::Queue", "QueueName")
    queue, dead_letters = queues["shop_dev_v1_ProcessOrder"], queues["shop_dev_v1_ProcessOrder-dlq"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 2  # maxRetries 1
    target = queue["RedrivePolicy"]["deadLetterTargetArn"].strip("<>").removesuffix(".Arn")
    assert render(of_type(template, "SQS::Queue")[target]) == dead_letters
    assert queue["DelaySeconds"] == 2
    assert queue["VisibilityTimeout"] == 6 * 30
    assert queue["SqsManagedSseEnabled"] is True
    assert "FifoQueue" not in queue
    assert queue["MessageRetentionPeriod"] == dead_letters["MessageRetentionPeriod"] == 14 * 86_400
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn("shop_dev_v1_ProcessOrder")]}
    assert dead_letters["RedriveAllowPolicy"] == allowed


def test_a_fifo_queue_has_the_throughput_of_each_group(synth_process: SynthProcess) -> None:
    queues = by(version(synth_process, orders()), "SQS::Queue", "QueueName")
    for name in ("shop_dev_v1_Bill.fifo", "shop_dev_v1_Bill-dlq.fifo"):
        assert queues[name]["FifoQueue"] is True
        assert queues[name]["DeduplicationScope"] == "messageGroup"
        assert queues[name]["FifoThroughputLimit"] == "perMessageGroupId"
    assert queues["shop_dev_v1_Bill.fifo"]["VisibilityTimeout"] == 90


def test_an_event_source_mapping_takes_one_message_and_reports_failures(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    sources = {s["FunctionName"]: s for s in map(render, of_type(template, "Lambda::EventSourceMapping").values())}
    functions = {render(p)["FunctionName"]: f"<{id}>" for id, p in of_type(template, "Lambda::Function").items()}
    bill = sources[functions["shop_dev_v1_Bill"]]
    assert bill["BatchSize"] == 1
    assert bill["Enabled"] is True
    assert bill["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert bill["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert "ScalingConfig" not in sources[functions["shop_dev_v1_Audit"]]


def test_a_version_can_be_deployed_without_polling(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders(), consume=False)
    assert all(not source["Enabled"] for source in of_type(template, "Lambda::EventSourceMapping").values())


def test_api_functions_answer_the_live_and_the_preview_api(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    (preview,) = of_type(template, "ApiGatewayV2::Api")
    functions = {f"<{id}>": render(p)["FunctionName"] for id, p in of_type(template, "Lambda::Function").items()}
    granted = {
        (functions[p["FunctionName"]], p["SourceArn"])
        for p in map(render, of_type(template, "Lambda::Permission").values())
        if p["Principal"] == "apigateway.amazonaws.com"
    }
    base = "arn:aws:execute-api:eu-central-1:123456789012"
    names = ("shop_dev_v1_Create-order-11ebd4", "shop_dev_v1_GetOrder", "shop_dev_v1_ListOrders")
    sockets = ("shop_dev_v1_streams_python", f"{base}:w1s2/*")
    assert granted == {sockets, *((name, f"{base}:{id}/*") for name in names for id in ("a1b2c3", f"<{preview}>"))}


def test_the_preview_api_routes_to_this_version(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    assert sorted(by(template, "ApiGatewayV2::Route", "RouteKey")) == [
        "GET /orders",
        "GET /orders/{id}",
        "HEAD /orders",
        "HEAD /orders/{id}",
        "POST /orders",
    ]
    uris = {render(p)["IntegrationUri"] for p in of_type(template, "ApiGatewayV2::Integration").values()}
    assert "arn:aws:lambda:eu-central-1:123456789012:function:shop_dev_v1_GetOrder" in uris
    assert "PreviewUrl" in template["Outputs"]


def test_without_preview_there_is_no_api_in_the_version(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders(), Settings(preview=False))
    assert not of_type(template, "ApiGatewayV2::Api")
    assert "Outputs" not in template


def test_a_version_without_api_steps_has_no_preview_api(synth_process: SynthProcess) -> None:
    template = version(synth_process, manifest(event("Work", ("work",))))
    assert not of_type(template, "ApiGatewayV2::Api")


def test_cron_functions_are_started_by_their_rules_and_not_retried(synth_process: SynthProcess) -> None:
    template = version(synth_process, orders())
    rules = {
        p["SourceArn"]
        for p in map(render, of_type(template, "Lambda::Permission").values())
        if p["Principal"] == "events.amazonaws.com"
    }
    base = "arn:aws:events:eu-central-1:123456789012:rule"
    assert rules == {f"{base}/shop_dev_Nightly_1", f"{base}/shop_dev_Payday_1", f"{base}/shop_dev_Payday_2"}
    asynchronous = of_type(template, "Lambda::EventInvokeConfig").values()
    assert len(asynchronous) == 3
    assert all(config["MaximumRetryAttempts"] == 0 for config in asynchronous)


def test_a_router_is_one_function_behind_one_route(synth_process: SynthProcess) -> None:
    steps = [api(f"Step{n}", "GET", f"/things/{n}", memory_mb=128 * (n + 1)) for n in range(8)]
    template = version(synth_process, manifest(*steps, event("Work", ("work",)), router=True))
    functions = by(template, "Lambda::Function", "FunctionName")
    assert sorted(functions) == ["shop_dev_v1_Work", "shop_dev_v1_router_python"]
    assert functions["shop_dev_v1_router_python"]["MemorySize"] == 1024
    assert list(by(template, "ApiGatewayV2::Route", "RouteKey")) == ["$default"]


def test_routers_of_two_languages_share_the_routes(synth_process: SynthProcess) -> None:
    steps = [
        api("A", "GET", "/a"),
        api("B", "POST", "/b"),
        node(api("C", "GET", "/c")),
        node(api("D", "PUT", "/d/:id")),
    ]
    template = version(synth_process, manifest(*steps, router=True))
    functions = by(template, "Lambda::Function", "FunctionName")
    assert sorted(functions) == ["shop_dev_v1_router_node", "shop_dev_v1_router_python"]
    assert functions["shop_dev_v1_router_node"]["Runtime"] == "nodejs22.x"
    integrations = {id: render(p) for id, p in of_type(template, "ApiGatewayV2::Integration").items()}
    leads = {
        route["RouteKey"]: integrations[route["Target"].partition("<")[2].strip(">")]["IntegrationUri"].rpartition("_")[
            2
        ]
        for route in map(render, of_type(template, "ApiGatewayV2::Route").values())
    }
    assert leads == {
        "GET /a": "python",
        "HEAD /a": "python",
        "POST /b": "python",
        "GET /c": "node",
        "HEAD /c": "node",
        "PUT /d/{id}": "node",
    }


def test_a_router_of_typescript_alone_has_the_one_route(synth_process: SynthProcess) -> None:
    steps = [node(api("A", "GET", "/a")), node(api("B", "POST", "/b")), event("Work", ("work",))]
    template = version(synth_process, manifest(*steps, router=True))
    assert "shop_dev_v1_router_node" in by(template, "Lambda::Function", "FunctionName")
    assert list(by(template, "ApiGatewayV2::Route", "RouteKey")) == ["$default"]


def test_functions_run_in_the_vpc_of_the_settings(synth_process: SynthProcess) -> None:
    vpc = {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
    template = version(synth_process, orders(), Settings.model_validate({"vpc": vpc}))
    for function in of_type(template, "Lambda::Function").values():
        assert function["VpcConfig"] == {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}


def test_alarms_watch_dead_letters_and_errors(synth_process: SynthProcess) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:ops"
    built = manifest(api("Hello", "GET", "/"), event("Work", ("work",)))
    template = version(synth_process, built, Settings.model_validate({"alarms": {"topic_arn": topic}}))
    alarms = list(map(render, of_type(template, "CloudWatch::Alarm").values()))
    metrics = sorted(alarm["MetricName"] for alarm in alarms)
    assert metrics == ["ApproximateNumberOfMessagesVisible", "Errors", "Errors"]
    assert all(alarm["AlarmActions"] == [topic] for alarm in alarms)
    (dead_letters,) = (alarm for alarm in alarms if alarm["Namespace"] == "AWS/SQS")
    assert dead_letters["Dimensions"] == [{"Name": "QueueName", "Value": "shop_dev_v1_Work-dlq"}]


def test_two_versions_share_no_name(synth_process: SynthProcess) -> None:
    first = synth_process.version(VersionRequest(orders(), "v1", ENVIRONMENT, Settings()))
    second = synth_process.version(VersionRequest(orders(), "v2", ENVIRONMENT, Settings()))
    assert first.name != second.name
    for kind, key in (("Lambda::Function", "FunctionName"), ("SQS::Queue", "QueueName")):
        assert not set(by(first.template, kind, key)) & set(by(second.template, kind, key))
