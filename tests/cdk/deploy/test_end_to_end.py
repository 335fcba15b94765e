"""Deploying to the emulator: what answers, what stays, what is refused."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from deployed_shop import KEY, Shop
from handmade_build import build
from motia.errors import CloudError, ProjectError, UsageError
from motia.names import queue_name, version_prefix
from motia_cdk.deploy import StackFailed, destroy, list_versions, promote, prune, rollback
from motia_cdk.deploy.progress import StackFinished, StackStarted, Swept, Uploading, Waits, WentLive
from motia_cdk.requests import EnvironmentRequest, StackTemplate, VersionRequest
from motia_cdk.stack_names import environment_stack, version_stack
from waiting import eventually

pytestmark = pytest.mark.emulator


def get(url: str | None, path: str = "/hello", method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(f"{url}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(), {}


def text(url: str | None, path: str = "/hello") -> str:
    return get(url, path)[1]


FAILS = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 9_999_999}}
REFUSED = {"Type": "AWS::No::Such", "Properties": {}}


@dataclass
class Breaking:
    """Synthesis whose version stacks hold a resource more."""

    synth: Any
    resource: dict[str, Any] = field(default_factory=lambda: FAILS)

    def environment(self, request: EnvironmentRequest) -> StackTemplate:
        return self.synth.environment(request)

    def version(self, request: VersionRequest) -> StackTemplate:
        made = self.synth.version(request)
        template = made.template
        template["Resources"]["Broken"] = self.resource
        path = made.path.with_name("broken.json")
        path.write_text(json.dumps(template))
        return replace(made, path=path)


def test_the_first_version_goes_live(shop: Shop) -> None:
    result = shop.deploy("v1", build(shop.folder, says="one"))
    assert result.live is True
    assert text(result.api_url) == "one"
    assert text(result.preview_url) == "one"
    assert get(result.api_url, "/elsewhere")[0] == 404
    assert (result.uploaded, result.unchanged) == (2, 0)
    assert shop.told(WentLive) == [WentLive("v1", None)]


def test_unchanged_code_uploads_and_changes_nothing(shop: Shop) -> None:
    manifest = build(shop.folder)
    shop.deploy("v1", manifest)
    again = shop.deploy("v1", manifest)
    assert (again.uploaded, again.unchanged, again.live) == (0, 2, True)
    assert shop.told(Uploading) == [Uploading(missing=0, unchanged=2, bytes=0)]
    assert shop.told(StackStarted) == []


def test_one_changed_step_uploads_one_bundle(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    result = shop.deploy("v1", build(shop.folder, says="other"))
    assert (result.uploaded, result.unchanged) == (1, 1)
    assert text(result.api_url) == "other"


def test_a_live_version_deployed_again_brings_its_new_routes(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    result = shop.deploy("v1", build(shop.folder, says="more", extra_paths=("/more",)))
    assert text(result.api_url, "/more") == "more"


def test_a_second_version_waits_until_it_is_promoted(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    second = shop.deploy("v2", build(shop.folder, says="two"))
    assert second.live is False
    assert (text(second.api_url), text(second.preview_url)) == ("one", "two")
    assert shop.told(Waits) == [Waits("v2", live="v1")]

    promoted = shop.ask(promote, "v2")
    assert (promoted.version, promoted.previous) == ("v2", "v1")
    assert text(second.api_url) == "two"


@pytest.mark.slow
def test_deploy_with_promote_goes_live_at_once(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    second = shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    assert second.live is True
    assert text(second.api_url) == "two"


@pytest.mark.slow
def test_promote_moves_routes_that_only_one_version_has(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, path="/old"))
    second = shop.deploy("v2", build(shop.folder, path="/new"), promote=True)
    assert [get(second.api_url, path)[0] for path in ("/old", "/new")] == [404, 200]


def test_rollback_brings_back_the_version_before(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    second = shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    assert shop.ask(rollback).version == "v1"
    assert text(second.api_url) == "one"
    assert shop.ask(rollback).version == "v2"
    assert text(second.api_url) == "two"


def test_rollback_without_an_earlier_version_says_so(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    with pytest.raises(CloudError, match="No other version was live before"):
        shop.ask(rollback)


def test_promoting_what_was_not_deployed_names_what_was(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    with pytest.raises(CloudError) as refused:
        shop.ask(promote, "v9")
    assert refused.value.allowed == "v1"


def test_an_environment_that_does_not_exist_cannot_be_promoted(shop: Shop) -> None:
    with pytest.raises(CloudError, match="There is no environment 'dev'"):
        shop.ask(promote, "v1")


@pytest.mark.parametrize(
    "command", [lambda s: s.ask(promote, "v1", api_key="x"), lambda s: s.ask(destroy, api_key="x")]
)
@pytest.mark.slow
def test_the_wrong_key_opens_nothing(shop: Shop, command: Any) -> None:
    first = shop.deploy("v1", build(shop.folder, says="one"))
    with pytest.raises(CloudError, match="does not open"):
        command(shop)
    with pytest.raises(CloudError, match="does not open"):
        shop.deploy("v2", build(shop.folder, says="two"), api_key="x", promote=True)
    assert text(first.api_url) == "one"
    assert [found.version for found in list_versions(shop.project, "dev", target=shop.target)] == ["v1"]


def test_the_key_itself_is_stored_nowhere(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    stack = shop.cloud.stacks.describe(environment_stack(shop.project, "dev"))
    assert stack
    items = shop.cloud.table(stack.outputs["DeploymentTable"]).all()
    assert items and KEY not in json.dumps(items)


def test_a_version_that_fails_leaves_the_live_one_alone(shop: Shop) -> None:
    first = shop.deploy("v1", build(shop.folder, says="one"))
    with pytest.raises(StackFailed) as failed:
        shop.deploy("v2", build(shop.folder, says="two"), synth=Breaking(shop.synth), promote=True)
    assert "Broken" in failed.value.cause
    assert text(first.api_url) == "one"
    assert shop.cloud.stacks.describe(version_stack(shop.project, "dev", "v2")) is None
    second = shop.deploy("v2", build(shop.folder, says="two"))
    assert text(second.preview_url) == "two"


def test_a_template_that_aws_refuses_changes_nothing(shop: Shop) -> None:
    first = shop.deploy("v1", build(shop.folder, says="one"))
    for version in ("v1", "v2"):
        with pytest.raises(StackFailed, match="AWS::No::Such"):
            shop.deploy(version, build(shop.folder, says="two"), synth=Breaking(shop.synth, REFUSED))
    assert text(first.api_url) == "one"
    assert [found.version for found in list_versions(shop.project, "dev", target=shop.target)] == ["v1"]


@pytest.mark.slow
def test_an_update_that_fails_is_rolled_back(shop: Shop) -> None:
    first = shop.deploy("v1", build(shop.folder, says="one"))
    with pytest.raises(StackFailed):
        shop.deploy("v1", build(shop.folder, says="two"), synth=Breaking(shop.synth))
    assert text(first.api_url) == "one"
    assert text(shop.deploy("v1", build(shop.folder, says="three")).api_url) == "three"


def test_a_failed_first_deploy_can_be_repeated(shop: Shop) -> None:
    with pytest.raises(StackFailed):
        shop.deploy("v1", build(shop.folder), synth=Breaking(shop.synth))
    assert shop.deploy("v1", build(shop.folder)).live is True


def test_an_interrupted_deploy_leaves_nothing_in_the_way(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    name = version_stack(shop.project, "dev", "v2")

    def press_ctrl_c(event: Any) -> None:
        if event == StackStarted(name, "create"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.deploy("v2", build(shop.folder, says="two"), report=press_ctrl_c)
    assert text(shop.deploy("v2", build(shop.folder, says="two")).preview_url) == "two"


def test_a_stack_of_somebody_else_is_left_alone(shop: Shop) -> None:
    name = environment_stack(shop.project, "dev")
    body = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    shop.cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=body)
    eventually(lambda: shop.cloud.stacks.describe(name).status == "CREATE_COMPLETE")
    with pytest.raises(CloudError, match="not ours to change"):
        shop.deploy("v1", build(shop.folder))


def test_a_deploy_in_progress_keeps_others_out(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    stack = shop.cloud.stacks.describe(environment_stack(shop.project, "dev"))
    table = shop.cloud.table(stack.outputs["DeploymentTable"])
    table.put({"name": "lock", "token": "x", "owner": "ada on laptop", "expires": 2_000_000_000_000})
    with pytest.raises(CloudError, match="Another deploy") as refused:
        shop.deploy("v2", build(shop.folder))
    assert refused.value.where == "by ada on laptop"
    table.put({"name": "lock", "token": "x", "owner": "ada on laptop", "expires": 1})
    assert shop.deploy("v2", build(shop.folder)).version == "v2"
    assert table.get({"name": "lock"}) is None


def test_the_variables_reach_the_functions(shop: Shop) -> None:
    result = shop.deploy("v1", build(shop.folder, says="hello"), env_vars={"GREETING": " world", "EMPTY": ""})
    assert text(result.api_url) == "hello world"


def test_variables_that_are_not_the_users_are_refused(shop: Shop) -> None:
    with pytest.raises(ProjectError):
        shop.deploy("v1", build(shop.folder), env_vars={"AWS_REGION": "mars"})


def test_names_that_aws_refuses_are_refused_before_anything_happens(shop: Shop) -> None:
    with pytest.raises(UsageError):
        shop.deploy("v1?", build(shop.folder))
    assert shop.events == []


@pytest.mark.slow
def test_a_template_over_the_inline_limit_goes_through_the_bucket(shop: Shop) -> None:
    paths = tuple(f"/path/{number}" for number in range(30))
    result = shop.deploy("v1", build(shop.folder, says="one", extra_paths=paths))
    assert text(result.api_url, "/path/29") == "one"
    stack = shop.cloud.stacks.describe(environment_stack(shop.project, "dev"))
    assert shop.cloud.objects(stack.outputs["Bucket"]).sizes("templates/") == {}


@pytest.mark.slow
def test_browsers_elsewhere_may_call(shop: Shop) -> None:
    result = shop.deploy("v1", build(shop.folder))
    status, _, headers = get(
        result.api_url, method="OPTIONS", **{"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    )
    assert (status in (200, 204), headers.get("access-control-allow-origin")) == (True, "*")


@pytest.mark.slow
def test_a_version_that_is_not_live_stops_polling_at_the_next_deploy(shop: Shop) -> None:
    def polling() -> dict[str, bool]:
        return {found.version: found.polling for found in list_versions(shop.project, "dev", target=shop.target)}

    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    assert polling() == {"v1": True, "v2": True}
    shop.deploy("v2", build(shop.folder, says="two"))
    assert polling() == {"v1": False, "v2": True}
    assert _mapping(shop, "v1") in ("Disabled", "Disabling")
    shop.ask(rollback)
    assert polling() == {"v1": True, "v2": True}
    assert _mapping(shop, "v1") in ("Enabled", "Enabling")


@pytest.mark.slow
def test_versions_beyond_those_to_keep_are_deleted(shop: Shop) -> None:
    for number in range(1, 5):
        shop.deploy(f"v{number}", build(shop.folder, says=str(number)), promote=True)
    versions = [found.version for found in list_versions(shop.project, "dev", target=shop.target)]
    assert versions == ["v2", "v3", "v4"]
    assert shop.told(Swept)[0] == Swept("v1", "deleted")
    assert shop.cloud.stacks.describe(version_stack(shop.project, "dev", "v1")) is None


@pytest.mark.slow
def test_bundles_no_version_has_are_deleted_with_it(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    stack = shop.cloud.stacks.describe(environment_stack(shop.project, "dev"))
    objects = shop.cloud.objects(stack.outputs["Bucket"])
    assert len(objects.sizes("bundles/")) == 3
    assert shop.ask(prune, keep=0) == ("v1",)
    assert len(objects.sizes("bundles/")) == 2
    assert len(objects.sizes("manifests/")) == 1


@pytest.mark.slow
def test_a_version_with_messages_is_kept_and_polled(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    sqs = shop.cloud.client("sqs")
    dead = queue_name(version_prefix(shop.project, "dev", "v1"), "done", fifo=False, dead_letter=True)
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=dead)["QueueUrl"], MessageBody="{}")
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    assert shop.ask(prune, keep=0) == ()
    assert [found.version for found in list_versions(shop.project, "dev", target=shop.target)] == ["v1", "v2"]


def test_destroying_the_live_version_alone_is_refused(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    with pytest.raises(CloudError, match="is live"):
        shop.ask(destroy, version="v1")


def test_destroying_one_version(shop: Shop) -> None:
    first = shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"))
    assert shop.ask(destroy, version="v2").versions == ("v2",)
    assert text(first.api_url) == "one"


def test_destroying_an_environment_keeps_its_data(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    gone = shop.ask(destroy)
    assert (gone.versions, gone.environment) == (("v1",), True)
    assert list_versions(shop.project, "dev", target=shop.target) == []
    state_table = gone.kept[0]
    assert shop.cloud.client("dynamodb").describe_table(TableName=state_table)["Table"]["TableStatus"] == "ACTIVE"
    logs = shop.cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{shop.project}-dev")
    assert logs["logGroups"] == []
    assert shop.deploy("v1", build(shop.folder)).live is True


@pytest.mark.slow
def test_destroy_with_purge_leaves_nothing(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    assert shop.ask(destroy, purge=True).kept == ()
    prefix = f"motia-{shop.project}-"
    tables = shop.cloud.client("dynamodb").list_tables(ExclusiveStartTableName=prefix)["TableNames"]
    assert [name for name in tables if name.startswith(prefix)] == []


def test_a_changed_stack_tells_how_long_it_took(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder))
    finished = shop.told(StackFinished)
    assert [event.changed for event in finished] == [True, True, True]
    assert all(event.duration_s >= 0 for event in finished)


def _mapping(shop: Shop, version: str) -> str:
    stack = version_stack(shop.project, "dev", version)
    (id,) = [r.physical_id for r in shop.cloud.stacks.resources(stack) if r.type == "AWS::Lambda::EventSourceMapping"]
    mapping = shop.cloud.events.mapping(id)
    assert mapping
    return mapping.state
