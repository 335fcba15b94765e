"""Whether a version takes requests and events, and what is in its queues."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from motia.errors import CloudError
from motia_cdk.deploy.cloud import Cloud
from motia_cdk.deploy.looks import looks

_MAPPING = "AWS::Lambda::EventSourceMapping"
_API = "AWS::ApiGatewayV2::Api"
QUEUE = "AWS::SQS::Queue"
_DEAD_LETTERS = ("-dlq", "-dlq.fifo")
_AT_ONCE = 8
PATIENCE_S = 180.0  # AWS switches a mapping within a minute or so, and refuses another switch meanwhile


def poll(cloud: Cloud, stack: str, wanted: bool) -> int:
    """Switch the event source mappings of a version's stack on or off; how many it has."""
    ids = [resource.physical_id for resource in cloud.stacks.resources(stack) if resource.type == _MAPPING]

    def switch(id: str) -> None:
        for _ in looks(cloud.poll_s, PATIENCE_S):
            mapping = cloud.events.mapping(id)
            if mapping is None or mapping.state in _ON_OR_OFF[wanted]:
                return
            if not mapping.state.endswith("ing") and cloud.events.enable(id, wanted):
                return
        raise CloudError("An event source mapping does not settle.", where=id, remedy="Repeat in a minute.")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(switch, ids))
    return len(ids)


def close_preview(cloud: Cloud, stack: str, closed: bool) -> None:
    """Let the HTTP API of a version's stack answer nobody, or again everybody: what it takes may not be handled."""
    for resource in cloud.stacks.resources(stack):
        if resource.type == _API:
            cloud.events.close_api(resource.physical_id, closed)


def messages(cloud: Cloud, stack: str) -> tuple[int, int]:
    """Messages in the queues of a version's stack, and in its dead-letter queues (approximately, as SQS counts)."""
    counts = held(cloud, stack)
    dead = sum(count for name, count in counts.items() if name.endswith(_DEAD_LETTERS))
    return sum(counts.values()) - dead, dead


def held(cloud: Cloud, stack: str) -> dict[str, int]:
    """Messages in each queue of a stack, by the queue's name."""
    urls = [resource.physical_id for resource in cloud.stacks.resources(stack) if resource.type == QUEUE]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        counts = pool.map(cloud.events.messages, urls)
        return {url.rpartition("/")[2]: count for url, count in zip(urls, counts, strict=True)}


def refuse_to_lose(counts: Mapping[str, int], remedy: str) -> None:
    """CloudError when one of the queues to delete holds messages. counts: messages by the queue's name."""
    lost = {name: count for name, count in counts.items() if count}
    if lost:
        raise CloudError(
            "Queues that hold events would be deleted.",
            where=", ".join(f"{name}: {count}" for name, count in sorted(lost.items())),
            remedy=remedy,
        )


_ON_OR_OFF = {True: {"Enabled", "Enabling"}, False: {"Disabled", "Disabling"}}
