"""Events too large for SQS: their data lies in S3, their message says where.

{"topic", "traceId", "flows", "messageGroupId"?, "s3": {"bucket", "key"}} instead of {..., "data"}. Nobody deletes the
objects, because every subscriber reads the same one and a dead-letter queue keeps messages for 14 days; the bucket's
lifecycle rule does.
"""

from __future__ import annotations

from motia.aws.s3 import S3Client
from motia.aws.threads import Threads

PREFIX = "payloads/"


class Payloads:
    """Large data of events in a bucket."""

    def __init__(self, s3: S3Client, threads: Threads, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket
        self._threads = threads

    async def fetch(self, bucket: str, key: str) -> bytes:
        """The JSON text of an event's data. Raises AwsError."""
        return await self._threads.run(self.s3.get, bucket, key)
