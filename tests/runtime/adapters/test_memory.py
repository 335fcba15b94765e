"""The adapters in memory keep the contract."""

from typing import Any

import pytest

from motia.adapters.memory import MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter
from motia.adapters.memory_events import MemoryEventAdapter
from motia.testing.contract import (
    CronAdapterContract,
    EventAdapterContract,
    StateAdapterContract,
    StreamAdapterContract,
)


class TestMemoryState(StateAdapterContract):
    @pytest.fixture(autouse=True)
    def _groups(self) -> None:
        self.groups: dict[str, dict[str, Any]] = {}

    def make_adapter(self) -> MemoryStateAdapter:
        return MemoryStateAdapter(self.groups)


class TestMemoryStreams(StreamAdapterContract):
    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.streams: dict[str, dict[str, dict[str, Any]]] = {}

    def make_adapter(self, stream_name: str) -> MemoryStreamAdapter:
        return MemoryStreamAdapter(stream_name, self.streams.setdefault(stream_name, {}))


class TestMemoryEvents(EventAdapterContract):
    @pytest.fixture(autouse=True)
    def _bus(self) -> None:
        self.bus: dict[Any, Any] = {}

    def make_adapter(self) -> MemoryEventAdapter:
        return MemoryEventAdapter(self.bus, retry_delay_s=0.02)


class TestMemoryCron(CronAdapterContract):
    @pytest.fixture(autouse=True)
    def _locks(self) -> None:
        self.locks: dict[str, Any] = {}

    def make_adapter(self) -> MemoryCronAdapter:
        return MemoryCronAdapter(self.locks)
