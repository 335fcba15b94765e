"""What a client is told when it has joined, in messages that API Gateway can send.

A group that does not fit into one message is told as a `sync` of its oldest items and a `create` for each of the
others, in their order: the clients end up with the same list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from motia.aws.client import encode_json
from motia.aws.sockets import MAX_BYTES
from motia.stream_protocol import Subscription, message, sync


def pieces(subscription: Subscription, timestamp: int, data: Any, limit: int = MAX_BYTES) -> Iterator[dict[str, Any]]:
    """Messages for one subscription; none for an item that is not there.

    data: the items of a group, or an item or None. limit: bytes of a message; only an item that is larger by itself
    exceeds it.
    """
    if subscription.id is not None:
        if data is not None:
            yield sync(timestamp, subscription, data)
        return
    fitting = _fitting(data, limit - len(encode_json(sync(timestamp, subscription, []))))
    yield sync(timestamp, subscription, data[:fitting])
    for item in data[fitting:]:
        # without the item's id this is for the group alone: those who follow the item have what they need
        yield message(timestamp, subscription.stream, subscription.group, None, {"type": "create", "data": item})


def _fitting(items: list[Any], room: int) -> int:
    """How many items from the beginning fit into `room` bytes of a JSON array."""
    for count, item in enumerate(items):
        room -= len(encode_json(item)) + (count > 0)
        if room < 0:
            return count
    return len(items)
