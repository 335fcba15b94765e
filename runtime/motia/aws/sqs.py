"""Amazon SQS: the calls an event needs. Blocking; see `threads` for the asynchronous side."""

from __future__ import annotations

from motia.aws import failures
from motia.aws.client import MAX_ATTEMPTS, AwsClient, backoff
from motia.errors import AwsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MAX_ENTRIES = 10  # Amazon SQS quotas: entries a batch
MAX_BYTES = 1024 * 1024  # Amazon SQS quotas: bytes a message, and bytes a batch


class Entry:
    """One message to send.

    body: text. size: its bytes in UTF-8. group_id: FIFO message group, or fair-queue tenant. dedup_id: FIFO only.
    delay_s: standard queues only.
    """

    __slots__ = ("body", "dedup_id", "delay_s", "group_id", "size")

    def __init__(
        self, body: str, *, group_id: str | None = None, dedup_id: str | None = None, delay_s: int | None = None
    ) -> None:
        self.body = body
        self.size = len(body.encode())
        self.group_id = group_id
        self.dedup_id = dedup_id
        self.delay_s = delay_s

    def parameters(self) -> dict[str, Any]:
        """As SendMessage and SendMessageBatch spell them."""
        given: dict[str, Any] = {"MessageBody": self.body}
        if self.group_id is not None:
            given["MessageGroupId"] = self.group_id
        if self.dedup_id is not None:
            given["MessageDeduplicationId"] = self.dedup_id
        if self.delay_s is not None:
            given["DelaySeconds"] = self.delay_s
        return given


class SqsClient:
    """Messages and queues by URL."""

    def __init__(self, client: AwsClient | None = None) -> None:
        self.client = client or AwsClient("sqs")

    def get_queue_url(self, name: str) -> str:
        """The URL of a queue of this account. Raises AwsError (QueueDoesNotExist)."""
        url: str = self.client.call("GetQueueUrl", {"QueueName": name})["QueueUrl"]
        return url

    def send(self, queue_url: str, entry: Entry) -> str:
        """Send one message; gives its id. Raises AwsError."""
        parameters = {"QueueUrl": queue_url, **entry.parameters()}
        message_id: str = self.client.call("SendMessage", parameters, idempotent=_once(entry))["MessageId"]
        return message_id

    def send_batch(self, queue_url: str, entries: Sequence[Entry]) -> dict[int, AwsError]:
        """Send up to 10 messages of 1 MiB together, and again those that failed through no fault of theirs.

        Gives the error of each entry that was not sent, by its index. Raises AwsError when the call as a whole fails;
        entries accepted by an earlier try have then been sent. Takes no account of order: for FIFO use `send_once`.
        """
        left = dict(enumerate(entries))
        refused: dict[int, AwsError] = {}
        for attempt in range(1, MAX_ATTEMPTS + 1):
            failed = self.send_once(queue_url, left)
            refused.update({index: error for index, error in failed.items() if not may_retry(error)})
            left = {index: left[index] for index in failed if index not in refused}
            if not left:
                break
            if attempt == MAX_ATTEMPTS:
                refused.update({index: failed[index] for index in left})
                break
            slow_down = any(failures.throttled(failed[index].code, 0) for index in left)
            self.client.sleep(backoff(attempt, slow_down))
        return refused

    def send_once(self, queue_url: str, entries: dict[int, Entry]) -> dict[int, AwsError]:
        """One SendMessageBatch; gives the error of each entry that was not accepted. Raises AwsError."""
        numbered = [{"Id": str(index), **entry.parameters()} for index, entry in entries.items()]
        parameters = {"QueueUrl": queue_url, "Entries": numbered}
        answer = self.client.call(
            "SendMessageBatch", parameters, idempotent=all(_once(entry) for entry in entries.values())
        )
        failed = {int(item["Id"]): _error("SendMessageBatch", queue_url, item) for item in answer.get("Failed") or ()}
        accepted = {int(item["Id"]) for item in answer.get("Successful") or ()}
        for index in entries.keys() - accepted - failed.keys():  # neither accepted nor refused: not sent
            failed[index] = _error("SendMessageBatch", queue_url, {"Code": "InternalError", "Message": "no answer"})
        return failed

    def change_visibility(self, queue_url: str, receipt_handle: str, timeout_s: int) -> None:
        """Show a received message again after `timeout_s` seconds (0 to 43,200). Raises AwsError."""
        self.client.call(
            "ChangeMessageVisibility",
            {"QueueUrl": queue_url, "ReceiptHandle": receipt_handle, "VisibilityTimeout": timeout_s},
        )

    def change_visibility_batch(
        self, queue_url: str, receipt_handles: Sequence[str], timeout_s: int
    ) -> dict[int, AwsError]:
        """As `change_visibility` for any number of messages; gives the error of each that was refused, by index."""
        refused: dict[int, AwsError] = {}
        for start in range(0, len(receipt_handles), MAX_ENTRIES):
            some = receipt_handles[start : start + MAX_ENTRIES]
            entries = [
                {"Id": str(start + offset), "ReceiptHandle": handle, "VisibilityTimeout": timeout_s}
                for offset, handle in enumerate(some)
            ]
            answer = self.client.call("ChangeMessageVisibilityBatch", {"QueueUrl": queue_url, "Entries": entries})
            for item in answer.get("Failed") or ():
                refused[int(item["Id"])] = _error("ChangeMessageVisibilityBatch", queue_url, item)
        return refused


def may_retry(error: AwsError) -> bool:
    """The entry was refused through no fault of its own. `status` of an entry's error is 400 for a sender's fault."""
    return error.status != 400 or failures.throttled(error.code, 0)


def _once(entry: Entry) -> bool:
    """Sending it twice adds one message only."""
    return entry.dedup_id is not None


def _error(operation: str, queue_url: str, item: dict[str, Any]) -> AwsError:
    code, message = str(item.get("Code", "")), item.get("Message") or ""
    what = f"{operation} failed with {code} for {queue_url.rpartition('/')[2]}" + (f": {message}" if message else "")
    return AwsError(what, service="sqs", code=code, status=400 if item.get("SenderFault") else 500)
