"""What AWS would refuse is refused before anything is deployed, with the way out."""

from typing import Any

import pytest

from cdk_manifests import ENVIRONMENT, api, cron, event, manifest, node
from motia_cdk.limits import check_environment, check_version
from motia_cdk.requests import VersionRequest
from motia_cdk.synth_process import SynthProcess
from motia_project.cron import CronError
from motia_project.manifest import Manifest
from motia_project.model import InvalidProject, Problem
from motia_project.settings import Settings


def refused(built: Manifest, env_vars: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InvalidProject) as caught:
        check_version(built, "v1", ENVIRONMENT, Settings(), env_vars or {})
    return caught.value.problems


def test_more_routes_than_an_http_api_takes() -> None:
    built = manifest(*(api(f"Step{n}", "GET", f"/things/{n}") for n in range(151)))
    (problem,) = refused(built)
    assert "302 routes" in problem.what
    assert 'api = "router"' in (problem.remedy or "")
    with pytest.raises(InvalidProject):
        check_environment("shop", "dev", built, "v1")


def test_a_router_takes_any_number_of_routes() -> None:
    built = manifest(*(api(f"Step{n}", "GET", f"/things/{n}") for n in range(400)), router=True)
    check_version(built, "v1", ENVIRONMENT, Settings(), {})


def test_two_routers_have_the_routes_of_an_http_api() -> None:
    steps = [api(f"Step{n}", "POST", f"/things/{n}") for n in range(301)]
    (problem,) = refused(manifest(node(steps[0]), *steps[1:], router=True))
    assert "301 routes" in problem.what
    assert "one language" in (problem.remedy or "")


def test_more_rules_than_an_event_bus_takes() -> None:
    (problem,) = refused(manifest(*(cron(f"Tick{n}", "0 0 1 * MON") for n in range(151))))
    assert "302 EventBridge rules" in problem.what
    assert "timezone" in (problem.remedy or "")


def test_a_cron_that_aws_cannot_express() -> None:
    with pytest.raises(CronError, match="within a minute"):
        check_environment("shop", "dev", manifest(cron("Often", "*/10 * * * * *")), "v1")


@pytest.mark.parametrize(
    ("queue", "key"),
    [
        ({"visibility_timeout_s": 29}, "infrastructure.queue.visibilityTimeout"),
        ({"visibility_timeout_s": 43_201}, "infrastructure.queue.visibilityTimeout"),
        ({"concurrency": 1}, "infrastructure.queue.concurrency"),
        ({"concurrency": 1001}, "infrastructure.queue.concurrency"),
    ],
)
def test_queues_that_lambda_refuses(queue: dict[str, Any], key: str) -> None:
    (problem,) = refused(manifest(event("Work", ("work",), queue=queue)))
    assert (problem.file, problem.key) == ("steps/Work_step.py", key)
    assert problem.allowed


def test_more_environment_variables_than_a_function_takes() -> None:
    (problem,) = refused(manifest(api("Hello", "GET", "/")), {"SMALL": "x", "CERTIFICATE": "y" * 4000})
    assert "CERTIFICATE 4000 B" in problem.what
    assert "4,096" in (problem.allowed or "")
    check_version(manifest(api("Hello", "GET", "/")), "v1", ENVIRONMENT, Settings(), {"CERTIFICATE": "y" * 3000})


@pytest.mark.parametrize(
    "name", ["MOTIA_BUCKET", "AWS_REGION", "aws_region", "LAMBDA_TASK_ROOT", "1ST", "A-B", "X", "_X"]
)
def test_variables_that_lambda_or_the_runtime_owns(name: str) -> None:
    (problem,) = refused(manifest(api("Hello", "GET", "/")), {name: "x"})
    assert problem.key == name


def test_more_subscribers_than_a_policy_lists() -> None:
    workers = [event(f"Worker with a long name {n:03}", ("all",)) for n in range(150)]
    (problem,) = refused(manifest(api("Fan out", "POST", "/", ("all",)), *workers))
    assert "Fan out emits to 150 queues" in problem.what


def test_all_problems_are_reported_at_once() -> None:
    built = manifest(event("A", ("a",), queue={"concurrency": 1}), event("B", ("b",), queue={"concurrency": 1}))
    assert len(refused(built, {"AWS_X": "x"})) == 3


def test_more_resources_than_a_stack_takes(synth_process: SynthProcess) -> None:
    built = manifest(*(api(f"Step{n}", "GET", f"/things/{n}") for n in range(90)))
    with pytest.raises(InvalidProject) as caught:
        synth_process.version(VersionRequest(built, "v1", ENVIRONMENT, Settings()))
    (problem,) = caught.value.problems
    assert problem.what.startswith("the stack would have 633 resources (180 AWS::")
    assert problem.allowed == "500 in a stack"
    assert 'api = "router"' in (problem.remedy or "")
    assert "preview = false" in (problem.remedy or "")
    synth_process.version(VersionRequest(built, "v1", ENVIRONMENT, Settings(preview=False)))
