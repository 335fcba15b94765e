"""Whether the queues of a version are polled, and what is in them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from motia_cdk.deploy.cloud import Cloud

_MAPPING = "AWS::Lambda::EventSourceMapping"
_QUEUE = "AWS::SQS::Queue"
_DEAD_LETTERS = ("-dlq", "-dlq.fifo")
_AT_ONCE = 8


def poll(cloud: Cloud, stack: str, wanted: bool) -> int:
    """Switch the event source mappings of a version's stack on or off; how many it has."""
    ids = [resource.physical_id for resource in cloud.stacks.resources(stack) if resource.type == _MAPPING]

    def switch(id: str) -> None:
        mapping = cloud.events.mapping(id)
        if mapping is not None and mapping.state not in _ON_OR_OFF[wanted]:
            cloud.events.enable(id, wanted)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(switch, ids))
    return len(ids)


def messages(cloud: Cloud, stack: str) -> tuple[int, int]:
    """Messages in the queues of a version's stack, and in its dead-letter queues (approximately, as SQS counts)."""
    urls = [resource.physical_id for resource in cloud.stacks.resources(stack) if resource.type == _QUEUE]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        counts = dict(zip(urls, pool.map(cloud.events.messages, urls), strict=True))
    dead = sum(count for url, count in counts.items() if url.endswith(_DEAD_LETTERS))
    return sum(counts.values()) - dead, dead


_ON_OR_OFF = {True: {"Enabled", "Enabling"}, False: {"Disabled", "Disabling"}}
