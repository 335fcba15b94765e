"""The tests that every adapter has to pass, a project's own included.

from motia.testing.contract import StateAdapterContract

class TestRedisState(StateAdapterContract):
    def make_adapter(self):
        return RedisState("redis://localhost:6379")

Run by pytest, or by `failures(TestRedisState())` where there is none. Tests use names of their own in whatever store
they are given, and remove what they put there as far as the interface lets them. A class attribute set to False leaves
out what an adapter does not promise; docs/adapters.md says what that means for its users.
"""

from __future__ import annotations

from motia.testing.contract.base import failures
from motia.testing.contract.cron import CronAdapterContract
from motia.testing.contract.events import EventAdapterContract
from motia.testing.contract.state import StateAdapterContract
from motia.testing.contract.streams import StreamAdapterContract

__all__ = [
    "CronAdapterContract",
    "EventAdapterContract",
    "StateAdapterContract",
    "StreamAdapterContract",
    "failures",
]
