"""DynamoDB and SQS keep the adapters' contract."""

from __future__ import annotations

from typing import Any

import pytest

from motia.aws.adapters import DynamoCronAdapter, DynamoStateAdapter, DynamoStreamAdapter
from motia.aws.event_adapter import SqsEventAdapter
from motia.testing.contract import (
    CronAdapterContract,
    EventAdapterContract,
    StateAdapterContract,
    StreamAdapterContract,
)


class OnMoto:
    environ: dict[str, str]

    @pytest.fixture(autouse=True)
    def _cloud(self, cloud: Any) -> None:
        self.environ = cloud.environ


class TestDynamoState(OnMoto, StateAdapterContract):
    def make_adapter(self) -> DynamoStateAdapter:
        return DynamoStateAdapter(self.environ)


class TestDynamoStreams(OnMoto, StreamAdapterContract):
    def make_adapter(self, stream_name: str) -> DynamoStreamAdapter:
        return DynamoStreamAdapter(stream_name, self.environ)


class TestDynamoCron(OnMoto, CronAdapterContract):
    def make_adapter(self) -> DynamoCronAdapter:
        return DynamoCronAdapter(self.environ)


class TestSqsEvents(OnMoto, EventAdapterContract):
    quiet_s = 0.5

    def make_adapter(self) -> SqsEventAdapter:
        return SqsEventAdapter(self.environ, create_queues=True, wait_s=0, retry_delay_s=0)
