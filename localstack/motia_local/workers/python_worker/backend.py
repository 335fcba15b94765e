"""What a Step's context stands on in a worker: calls to the server, and records sent to it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any, Protocol

from motia.backend import Backend, Message

LOG_BURST = 10_000  # records a worker may log at once ...
LOG_RATE = 2_000  # ... and per second after that; the rest is counted and dropped


class Line(Protocol):
    """The way to the server; `motia_local.workers.python_worker.channel.Channel` is one."""

    def send(self, header: dict[str, Any], body: bytes = b"") -> None: ...

    async def call(self, operation: str, arguments: list[Any], invocation: int | None = None) -> Any: ...


class RemoteState:
    """A StateStore."""

    def __init__(self, channel: Line, invocation: int) -> None:
        self._channel = channel
        self._invocation = invocation

    async def get(self, group: str, key: str) -> Any:
        return await self._channel.call("state.get", [group, key], self._invocation)

    async def set(self, group: str, key: str, value: Any) -> Any:
        await self._channel.call("state.set", [group, key, value], self._invocation)
        return value

    async def delete(self, group: str, key: str) -> Any:
        return await self._channel.call("state.delete", [group, key], self._invocation)

    async def get_group(self, group: str) -> list[Any]:
        values: list[Any] = await self._channel.call("state.get_group", [group], self._invocation)
        return values

    async def clear(self, group: str) -> None:
        await self._channel.call("state.clear", [group], self._invocation)


class RemoteStreams:
    """A StreamStore."""

    def __init__(self, channel: Line, invocation: int) -> None:
        self._channel = channel
        self._invocation = invocation

    async def get(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        item: dict[str, Any] | None = await self._channel.call("streams.get", [stream, group, id], self._invocation)
        return item

    async def set(self, stream: str, group: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        item: dict[str, Any] = await self._channel.call("streams.set", [stream, group, id, data], self._invocation)
        return item

    async def delete(self, stream: str, group: str, id: str) -> dict[str, Any] | None:
        item: dict[str, Any] | None = await self._channel.call("streams.delete", [stream, group, id], self._invocation)
        return item

    async def get_group(self, stream: str, group: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = await self._channel.call("streams.get_group", [stream, group], self._invocation)
        return items

    async def send(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        await self._channel.call("streams.send", [stream, group, id, event], self._invocation)


class RemoteEvents:
    """An EventPublisher."""

    def __init__(self, channel: Line, invocation: int) -> None:
        self._channel = channel
        self._invocation = invocation

    async def publish(self, messages: list[Message]) -> None:
        await self._channel.call("events.publish", [[asdict(message) for message in messages]], self._invocation)


class Budget:
    """How many of something there may still be: `burst` at once, `rate` more per second."""

    def __init__(self, burst: int, rate: int) -> None:
        self._burst = float(burst)
        self._rate = rate
        self._left = float(burst)
        self._filled_at = time.monotonic()
        self.dropped = 0

    def take(self) -> bool:
        """Whether there may be one more."""
        if self._left < 1:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._left < 1:
                self.dropped += 1
                return False
        self._left -= 1
        return True


class LogBudget(Budget):
    """How many records a worker may still send; one for all of its invocations."""

    def __init__(self) -> None:
        super().__init__(LOG_BURST, LOG_RATE)


class RemoteLogs:
    """A LogSink. failure: the error record that `invoke_api` wrote, when it did."""

    def __init__(self, channel: Line, invocation: int, budget: LogBudget) -> None:
        self._channel = channel
        self._invocation = invocation
        self._budget = budget
        self.last_error: dict[str, Any] | None = None

    def write(self, record: dict[str, Any]) -> None:
        if record["level"] == "error":
            self.last_error = record
        elif not self._budget.take():
            return
        if self._budget.dropped:
            record = {**record, "dropped": self._budget.dropped}
            self._budget.dropped = 0
        self._channel.send({"t": "log", "inv": self._invocation, "record": record})


class RemoteTrace:
    """A TraceSink. Logs are left out: the server sees their records."""

    def __init__(self, channel: Line, invocation: int) -> None:
        self._channel = channel
        self._invocation = invocation

    def add(self, event: dict[str, Any]) -> None:
        if event["type"] != "log":
            self._channel.send({"t": "trace", "inv": self._invocation, "event": event})


def make_backend(channel: Line, invocation: int, budget: LogBudget) -> tuple[Backend, RemoteLogs]:
    """The backend of one invocation, and its logs."""
    logs = RemoteLogs(channel, invocation, budget)
    state, streams = RemoteState(channel, invocation), RemoteStreams(channel, invocation)
    events, trace = RemoteEvents(channel, invocation), RemoteTrace(channel, invocation)
    return Backend(state, streams, events, logs, trace), logs
