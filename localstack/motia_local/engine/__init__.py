"""The embedded engine: queues, cron, state, streams, logs and traces on SQLite, nothing else to install."""

from motia_local.engine.clock import Clock, ManualClock, SystemClock
from motia_local.engine.cron import CronJob, CronRunner
from motia_local.engine.engine import Engine
from motia_local.engine.hub import Hub
from motia_local.engine.locks import Lock, LockStore
from motia_local.engine.queue_model import DeadLetter, Delivery, QueueCounts, QueueSpec, StoredMessage
from motia_local.engine.queues import Queues
from motia_local.engine.records import Limits, LogPage, Records
from motia_local.engine.state import StateItem, StateStore
from motia_local.engine.state_filter import StateFilter
from motia_local.engine.streams import Snapshot, StreamStore

__all__ = [
    "Clock",
    "CronJob",
    "CronRunner",
    "DeadLetter",
    "Delivery",
    "Engine",
    "Hub",
    "Limits",
    "Lock",
    "LockStore",
    "LogPage",
    "ManualClock",
    "QueueCounts",
    "QueueSpec",
    "Queues",
    "Records",
    "Snapshot",
    "StateFilter",
    "StateItem",
    "StateStore",
    "StoredMessage",
    "StreamStore",
    "SystemClock",
]
