"""Lambda, SQS and API Gateway: what queues hold, whether anybody polls them, and whether an API answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from motia.errors import AwsError
from motia_cdk.deploy.cloud.failures import translated

_GONE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
_COUNTS = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]


@dataclass(frozen=True)
class Mapping:
    """An event source mapping. state: Enabled, Disabled, or on the way to one."""

    id: str
    state: str


class EventSources:
    """Event source mappings, the queues behind them, and HTTP APIs."""

    def __init__(self, functions: Any, queues: Any, apis: Any) -> None:
        self._functions = functions
        self._queues = queues
        self._apis = apis

    def close_api(self, id: str, closed: bool) -> None:
        """Have an HTTP API answer nobody, or again everybody."""
        with translated("apigateway", "apigateway:UpdateApi"):
            self._apis.update_api(ApiId=id, DisableExecuteApiEndpoint=closed)

    def messages(self, queue_url: str) -> int:
        """Messages in a queue: visible, in flight, delayed, as SQS counts them (approximately); 0 when it is gone."""
        try:
            with translated("sqs", "sqs:GetQueueAttributes"):
                found = self._queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=_COUNTS)
        except AwsError as error:
            if error.code in _GONE:
                return 0
            raise
        return sum(int(found.get("Attributes", {}).get(count, 0)) for count in _COUNTS)

    def mapping(self, id: str) -> Mapping | None:
        try:
            with translated("lambda", "lambda:GetEventSourceMapping"):
                found = self._functions.get_event_source_mapping(UUID=id)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        return Mapping(id, found["State"])

    def enable(self, id: str, wanted: bool) -> bool:
        """Switch a mapping on or off, which AWS does within a minute or so. False: it is being changed already."""
        try:
            with translated("lambda", "lambda:UpdateEventSourceMapping"):
                self._functions.update_event_source_mapping(UUID=id, Enabled=wanted)
        except AwsError as error:
            if error.code == "ResourceInUseException":
                return False
            raise
        return True
