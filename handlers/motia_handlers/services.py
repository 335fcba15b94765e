"""What the entry points need of AWS beyond a Step's backend."""

from __future__ import annotations

from typing import Protocol

from motia.backend import Backend


class Services(Protocol):
    """The AWS side of a sandbox. Tests give one of their own."""

    @property
    def backend(self) -> Backend:
        """Where the Steps of this bundle keep state, emit and log."""

    async def acquire_lock(self, name: str, ttl_s: int) -> bool:
        """True for the first caller of a name; False for every other until `ttl_s` seconds have passed."""

    async def change_visibility(self, queue: str, receipt_handle: str, timeout_s: int) -> None:
        """Let a received message of the queue (by name) be received again in `timeout_s` seconds."""

    async def fetch_payload(self, bucket: str, key: str) -> bytes:
        """The stored data of an event that was too large for a message."""
