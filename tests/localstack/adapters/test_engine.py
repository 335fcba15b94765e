"""The embedded engine keeps the adapters' contract, on disk and in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from motia.testing.contract import (
    CronAdapterContract,
    EventAdapterContract,
    StateAdapterContract,
    StreamAdapterContract,
)
from motia_local.adapters import (
    EngineBus,
    EngineCronAdapter,
    EngineEventAdapter,
    EngineStateAdapter,
    EngineStreamAdapter,
)
from motia_local.engine import Engine


class OneEngine:
    """One engine for all adapters of a test."""

    folder: Path | None
    engine: Engine | None

    @pytest.fixture(autouse=True, params=["memory", "disk"])
    def _folder(self, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        self.folder = None if request.param == "memory" else tmp_path
        self.engine = None
        self.users = 0

    async def started(self) -> Engine:
        self.users += 1
        if self.engine is None:
            self.engine = Engine(self.folder)
            await self.engine.start()
        return self.engine

    async def dismiss(self, adapter: Any) -> None:
        end: Callable[[], Any] = getattr(adapter, "shutdown", None) or getattr(adapter, "cleanup", _nothing)
        await end()
        self.users -= 1
        if not self.users and self.engine is not None:
            await self.engine.stop()


async def _nothing() -> None:
    return


class TestEngineState(OneEngine, StateAdapterContract):
    async def make_adapter(self) -> EngineStateAdapter:
        return EngineStateAdapter(await self.started())


class TestEngineStreams(OneEngine, StreamAdapterContract):
    async def make_adapter(self, stream_name: str) -> EngineStreamAdapter:
        return EngineStreamAdapter(stream_name, await self.started())


class TestEngineEvents(OneEngine, EventAdapterContract):
    bus: EngineBus | None = None

    async def make_adapter(self) -> EngineEventAdapter:
        engine = await self.started()
        if self.bus is None or self.bus.engine is not engine:
            self.bus = EngineBus(engine, retry_delay_s=0.05)
        return EngineEventAdapter(self.bus)


class TestEngineCron(OneEngine, CronAdapterContract):
    async def make_adapter(self) -> EngineCronAdapter:
        return EngineCronAdapter(await self.started())
