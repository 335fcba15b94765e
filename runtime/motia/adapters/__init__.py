"""Where state, streams, events and cron locks live, when a project brings that itself (docs/adapters.md).

# motia_config.py
from motia.adapters import StateAdapter

class RedisState(StateAdapter): ...

adapters = {"state": RedisState}
"""

from __future__ import annotations

from motia.adapters.interfaces import CronAdapter, EventAdapter, StateAdapter, StreamAdapter
from motia.adapters.types import (
    BaseStreamItem,
    CronLock,
    CronLockInfo,
    Event,
    EventHandler,
    QueueConfig,
    StateItem,
    StateItemsInput,
    StreamChannel,
    StreamEvent,
    StreamEventHandler,
    StreamFilter,
    SubscriptionHandle,
)

__all__ = [
    "BaseStreamItem",
    "CronAdapter",
    "CronLock",
    "CronLockInfo",
    "Event",
    "EventAdapter",
    "EventHandler",
    "QueueConfig",
    "StateAdapter",
    "StateItem",
    "StateItemsInput",
    "StreamAdapter",
    "StreamChannel",
    "StreamEvent",
    "StreamEventHandler",
    "StreamFilter",
    "SubscriptionHandle",
]
