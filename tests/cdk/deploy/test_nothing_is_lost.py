"""What nobody saw the end of, what AWS refuses for a minute, and queues that hold events: none of it loses any."""

from __future__ import annotations

from typing import Any

import pytest

from cdk.deploy.test_end_to_end import text
from deployed_shop import Shop
from handmade_build import build
from motia.errors import AwsError, CloudError
from motia.names import queue_name, version_prefix
from motia_cdk.deploy import destroy, list_versions, promote, prune
from motia_cdk.deploy.cloud.events import EventSources
from motia_cdk.deploy.progress import Note, Swept
from motia_cdk.deploy.stack import StackRunner
from motia_cdk.deploy.switch import held
from motia_cdk.stack_names import version_stack

pytestmark = pytest.mark.emulator


def unseen_end(patch: pytest.MonkeyPatch) -> None:
    """Changes of stacks are made, and nobody sees them finish."""
    follow = StackRunner._follow

    def lose_sight(self: StackRunner, *given: Any) -> None:
        follow(self, *given)
        raise CloudError("AWS does not answer.")

    patch.setattr(StackRunner, "_follow", lose_sight)


def live(shop: Shop) -> tuple[str, str]:
    """What is on record as live, and what answers."""
    (found,) = [found.version for found in list_versions(shop.project, "dev", target=shop.target) if found.live]
    return found, text(shop.deploy("probe", build(shop.folder, says="probe")).api_url)


def test_a_promotion_nobody_saw_finish_is_found_by_the_next_command(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"))
    with monkeypatch.context() as until_here:
        unseen_end(until_here)
        with pytest.raises(CloudError, match="does not answer"):
            shop.ask(promote, "v2")
    assert shop.ask(prune, keep=0) == ("v1",)  # and not v2, which serves
    assert "v2 is live" in str(shop.told(Note)[0])
    assert live(shop) == ("v2", "two")
    assert polling(shop, "v2")


def test_what_was_live_before_it_can_be_promoted_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"))
    with monkeypatch.context() as until_here:
        unseen_end(until_here)
        with pytest.raises(CloudError, match="does not answer"):
            shop.ask(promote, "v2")
    assert shop.ask(promote, "v1").previous == "v2"
    assert live(shop) == ("v1", "one")


def test_an_update_nobody_saw_finish_is_not_taken_for_what_was_there_before(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = build(shop.folder, says="one")
    result = shop.deploy("v1", before)
    after = build(shop.folder, says="two")
    with monkeypatch.context() as until_here:
        unseen_end(until_here)
        with pytest.raises(CloudError, match="does not answer"):
            shop.deploy("v1", after)
    assert text(result.api_url) == "two"
    build(shop.folder, says="one")
    shop.deploy("v1", before)
    assert text(result.api_url) == "one"


def polling(shop: Shop, version: str) -> bool:
    """Whether every queue of a version is polled, asked of Lambda."""
    resources = shop.cloud.stacks.resources(version_stack(shop.project, "dev", version))
    mappings = [r.physical_id for r in resources if r.type == "AWS::Lambda::EventSourceMapping"]
    found = [shop.cloud.events.mapping(id) for id in mappings]
    return bool(found) and all(mapping and mapping.state in ("Enabled", "Enabling") for mapping in found)


def busy_at_first(patch: pytest.MonkeyPatch, times: int) -> list[str]:
    """Lambda refuses to switch a mapping that it is switching already; what was refused."""
    refused: list[str] = []
    update = EventSources.enable

    def enable(self: EventSources, id: str, wanted: bool) -> bool:
        if len(refused) < times:
            refused.append(id)
            return False
        return update(self, id, wanted)

    patch.setattr(EventSources, "enable", enable)
    return refused


def test_queues_are_polled_again_although_lambda_is_still_switching_them_off(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    shop.ask(prune)
    assert not polling(shop, "v1")
    refused = busy_at_first(monkeypatch, 2)
    shop.ask(promote, "v1")
    assert len(refused) == 2
    assert polling(shop, "v1")


def test_a_queue_that_cannot_be_switched_off_fails_no_deploy_and_stays_on_record(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)

    def refuse(self: EventSources, id: str, wanted: bool) -> bool:
        raise AwsError("no", service="lambda", code="TooManyRequestsException", status=429, request_id="1")

    with monkeypatch.context() as until_here:
        until_here.setattr(EventSources, "enable", refuse)
        assert shop.deploy("v2", build(shop.folder, says="two")).live
    assert any("not swept" in str(note) for note in shop.told(Note))
    shop.ask(promote, "v1")
    assert polling(shop, "v1")


def send(shop: Shop, *, dead_letter: bool = False) -> str:
    """Put a message where no emulator's poller takes it; the queue's name."""
    name = queue_name(version_prefix(shop.project, "dev", "v1"), "done", fifo=False, dead_letter=dead_letter)
    sqs = shop.cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}", **({} if dead_letter else {"DelaySeconds": 900}))
    return name


@pytest.mark.parametrize("dead_letter", [False, True])
def test_a_deploy_that_would_delete_a_queue_with_events_is_refused(shop: Shop, dead_letter: bool) -> None:
    result = shop.deploy("v1", build(shop.folder, says="one"))
    name = send(shop, dead_letter=dead_letter)
    with pytest.raises(CloudError, match="hold events") as refused:
        shop.deploy("v1", build(shop.folder, says="two", event=False))
    assert refused.value.where == f"{name}: 1"
    assert text(result.api_url) == "one"
    assert text(shop.deploy("v2", build(shop.folder, says="two", event=False)).preview_url) == "two"


@pytest.mark.parametrize("dead_letter", [False, True])
def test_destroying_a_version_that_holds_events_takes_a_purge(shop: Shop, dead_letter: bool) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    name = send(shop, dead_letter=dead_letter)
    with pytest.raises(CloudError, match="hold events") as refused:
        shop.ask(destroy, version="v1")
    assert refused.value.where == f"{name}: 1"
    assert "--purge" in str(refused.value)
    assert shop.ask(destroy, version="v1", purge=True).versions == ("v1",)


def test_events_that_come_while_their_step_is_removed_are_not_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    sent: list[str] = []
    execute = StackRunner._execute

    def overtaken(self: StackRunner, *given: Any) -> None:
        if not sent:
            sent.append(send(shop))
        execute(self, *given)

    with monkeypatch.context() as until_here:
        until_here.setattr(StackRunner, "_execute", overtaken)
        result = shop.deploy("v1", build(shop.folder, says="two", event=False))
    assert text(result.api_url) == "two"
    (name,) = sent
    stack = version_stack(shop.project, "dev", "v1")
    assert held(shop.cloud, stack)[name] == 1
    assert polling(shop, "v1")
    assert any(f"{name}: 1" in str(note) for note in shop.told(Note))
    with pytest.raises(CloudError, match="hold events"):
        shop.deploy("v1", build(shop.folder, says="two", event=False))
    sqs = shop.cloud.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    assert text(shop.deploy("v1", build(shop.folder, says="two", event=False)).api_url) == "two"
    assert held(shop.cloud, stack) == {}


def test_a_deploy_may_delete_a_queue_that_is_empty(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    assert text(shop.deploy("v1", build(shop.folder, says="two", event=False)).api_url) == "two"


def closed(shop: Shop, version: str) -> bool:
    resources = shop.cloud.stacks.resources(version_stack(shop.project, "dev", version))
    (api,) = [r.physical_id for r in resources if r.type == "AWS::ApiGatewayV2::Api"]
    return bool(shop.cloud.client("apigatewayv2").get_api(ApiId=api).get("DisableExecuteApiEndpoint"))


def test_a_version_whose_queues_are_off_takes_no_requests_either(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    shop.deploy("v2", build(shop.folder, says="two"), promote=True)
    assert not closed(shop, "v1")
    shop.ask(prune)
    assert shop.told(Swept) == [Swept("v1", "queues off")]
    assert closed(shop, "v1")
    shop.ask(promote, "v1")
    assert not closed(shop, "v1")
