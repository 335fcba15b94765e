"""The queue of an event Step, its dead-letter queue, and the event source mapping that drains it."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from motia.names import queue_name
from motia_cdk.function import StepFunction
from motia_cdk.function_plan import FunctionPlan
from motia_cdk.place import Place
from motia_cdk.resource import attribute, declare
from motia_project.manifest import ManifestQueue

DAY_S = 86_400
RETENTION_S = 14 * DAY_S  # Amazon SQS quotas: the longest there is, for a Step that is switched off or slow as well
MESSAGE_BYTES = 1_048_576  # Amazon SQS quotas: 1 MiB


class StepQueue(Construct):
    """A standard or FIFO queue with a dead-letter queue of the same kind.

    A message is tried max_retries + 1 times. One message a batch, so that one event's failure, timeout or crash costs
    no other event an attempt. consume: whether the queue is polled. Attributes: `arn`, a
    token, and `dead_letter_name`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: FunctionPlan,
        queue: ManifestQueue,
        function: StepFunction,
        place: Place,
        consume: bool = True,
    ) -> None:
        super().__init__(scope, id)
        name = queue_name(plan.prefix, plan.id, fifo=queue.fifo)
        self.dead_letter_name = queue_name(plan.prefix, plan.id, fifo=queue.fifo, dead_letter=True)
        redrive_allow = {"redrivePermission": "byQueue", "sourceQueueArns": [place.queue(name)]}
        dead_letters = self._queue("DeadLetters", self.dead_letter_name, queue, {"RedriveAllowPolicy": redrive_allow})
        redrive = {"deadLetterTargetArn": dead_letters, "maxReceiveCount": queue.max_retries + 1}
        own = {
            "VisibilityTimeout": plan.visibility_timeout_s,
            "DelaySeconds": queue.delay_s,
            "RedrivePolicy": redrive,
        }
        self.arn = self._queue("Queue", name, queue, own)
        mapping = {
            "FunctionName": function.ref,
            "EventSourceArn": self.arn,
            "BatchSize": 1,
            "Enabled": consume,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": None if queue.concurrency is None else {"MaximumConcurrency": queue.concurrency},
        }
        declare(self, "Source", "AWS::Lambda::EventSourceMapping", mapping)

    def _queue(self, id: str, name: str, queue: ManifestQueue, own: dict[str, Any]) -> str:
        # Throughput of a FIFO queue by message group: 300 calls a second for each, instead of for all together.
        fifo = {"FifoQueue": True, "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        properties = {
            "QueueName": name,
            "MessageRetentionPeriod": RETENTION_S,
            "MaximumMessageSize": MESSAGE_BYTES,
            "SqsManagedSseEnabled": True,
            **(fifo if queue.fifo else {}),
            **own,
        }
        return attribute(declare(self, id, "AWS::SQS::Queue", properties), "Arn")
