"""The services of a sandbox that runs on AWS, or on an emulator of it."""

from __future__ import annotations

from motia.aws import backend
from motia.aws.sandbox import AwsBackend
from motia.descriptor import BundleDescriptor


class AwsServices:
    """Services through motia.aws; CloudError when the function's environment lacks something.

    Made before the Step is imported, so that the TLS context is made beside that import.
    """

    def __init__(self, descriptor: BundleDescriptor) -> None:
        self.backend: AwsBackend = backend(descriptor)

    async def acquire_lock(self, name: str, ttl_s: int) -> bool:
        """True for the first caller of a name within `ttl_s` seconds."""
        return await self.backend.locks.acquire(name, ttl_s)

    async def change_visibility(self, queue: str, receipt_handle: str, timeout_s: int) -> None:
        """Let a message of the queue be received again in `timeout_s` seconds."""
        await self.backend.queues.change_visibility(queue, receipt_handle, timeout_s)

    async def fetch_payload(self, bucket: str, key: str) -> bytes:
        """The stored data of a large event."""
        return await self.backend.payloads.fetch(bucket, key)
