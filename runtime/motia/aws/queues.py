"""The queues of this version, by name."""

from __future__ import annotations

import threading

from motia.aws.sqs import SqsClient
from motia.aws.threads import Threads


class Queues:
    """base_url: of all queues, with a final slash; None to ask SQS for each queue's URL, once."""

    def __init__(self, sqs: SqsClient, threads: Threads, base_url: str | None) -> None:
        self.sqs = sqs
        self._threads = threads
        self._base_url = base_url
        self._urls: dict[str, str] = {}
        self._lock = threading.Lock()

    def url(self, name: str) -> str:
        """The URL of a queue. May block; raises AwsError."""
        if self._base_url is not None:
            return self._base_url + name
        with self._lock:
            if name not in self._urls:
                self._urls[name] = self.sqs.get_queue_url(name)
            return self._urls[name]

    async def change_visibility(self, name: str, receipt_handle: str, timeout_s: int) -> None:
        """Let a received message be received again in `timeout_s` seconds (0 to 43,200). Raises AwsError."""
        await self._threads.run(self._change_visibility, name, receipt_handle, timeout_s)

    def _change_visibility(self, name: str, receipt_handle: str, timeout_s: int) -> None:
        self.sqs.change_visibility(self.url(name), receipt_handle, timeout_s)
