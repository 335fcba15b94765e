"""Order on the way to a FIFO queue.

SQS may accept the second entry of a batch and refuse the first. So a batch never holds two messages of one group, and a
group's next message waits until the one before it is accepted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from motia.aws import failures
from motia.aws.client import MAX_ATTEMPTS, backoff
from motia.aws.outgoing import Outgoing
from motia.aws.sqs import MAX_BYTES, MAX_ENTRIES, may_retry
from motia.errors import AwsError, EmitError

Send = Callable[[list[Outgoing]], Awaitable[dict[int, AwsError]]]
Pause = Callable[[float], Awaitable[None]]


class FifoLane:
    """The messages on their way to one FIFO queue. Used from one event loop.

    send: one SendMessageBatch; gives the errors of refused messages by index, raises when the call fails.
    """

    def __init__(self, send: Send, pause: Pause = asyncio.sleep) -> None:
        self._send = send
        self._pause = pause
        self._groups: dict[str, deque[Outgoing]] = {}
        self._draining = False

    def add(self, message: Outgoing) -> None:
        """Put a message behind those of its group."""
        self._groups.setdefault(message.entry.group_id or "", deque()).append(message)

    async def drain(self) -> None:
        """Send until nothing waits. Every message's future is then settled. Does nothing while another drains."""
        if self._draining:
            return
        self._draining = True
        try:
            while wave := self._wave():
                await self._send_wave(wave)
        finally:
            self._draining = False
            for group in list(self._groups):  # left only if something went wrong that nobody expected
                for message in self._groups.pop(group):
                    message.future.cancel()

    def _wave(self) -> dict[str, Outgoing]:
        """The first message of up to ten groups; groups that waited longest come first."""
        wave: dict[str, Outgoing] = {}
        size = 0
        for group, waiting in list(self._groups.items()):
            while waiting and waiting[0].future.done():  # the emitter was cancelled before its turn
                waiting.popleft()
            if not waiting:
                del self._groups[group]
                continue
            size += waiting[0].entry.size
            if len(wave) == MAX_ENTRIES or (wave and size > MAX_BYTES):
                break
            wave[group] = waiting[0]
        return wave

    async def _send_wave(self, wave: dict[str, Outgoing]) -> None:
        groups = list(wave)
        try:
            failed: dict[int, AwsError] = await self._send(list(wave.values()))
        except Exception as error:  # of the call as a whole, a defect of ours included: nobody may wait for ever
            for group in groups:
                self._fail(group, error)
            return
        slowest = 0
        for index, group in enumerate(groups):
            message, error_ = wave[group], failed.get(index)
            if error_ is None:
                message.sent()
                self._next(group)
                continue
            message.attempts += 1
            if not may_retry(error_) or message.attempts >= MAX_ATTEMPTS:
                self._fail(group, error_)
            else:
                slowest = max(slowest, message.attempts)
        if slowest:
            await self._pause(backoff(slowest, any(failures.throttled(e.code, 0) for e in failed.values())))

    def _next(self, group: str) -> None:
        """Take the group's first message off, and let the other groups go before its second."""
        waiting = self._groups.pop(group)
        waiting.popleft()
        if waiting:
            self._groups[group] = waiting

    def _fail(self, group: str, error: Exception) -> None:
        """The group's first message fails, and with it those behind: they must not overtake it when it is repeated."""
        first, *behind = self._groups.pop(group)
        first.failed(error)
        for message in behind:
            message.failed(
                EmitError(
                    f"an earlier event of message group {group!r} was not sent",
                    remedy="repeat both, in their order",
                )
            )
