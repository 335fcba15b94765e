"""The connections of a WebSocket API: messages to clients. Blocking; see `threads` for the asynchronous side."""

from __future__ import annotations

from motia.aws.client import AwsClient
from motia.aws.sigv4 import quote
from motia.errors import AwsError

MAX_BYTES = 128 * 1024  # "Amazon API Gateway quotas": payload of a WebSocket message

_GONE = 410


class Sockets:
    """Posts to clients through the management endpoint of a WebSocket API."""

    def __init__(self, client: AwsClient) -> None:
        self.client = client

    def post(self, connection: str, message: bytes) -> bool:
        """Send a message of at most MAX_BYTES; False when the client is gone. Raises AwsError."""
        path = f"/@connections/{quote(connection)}"
        headers = {"content-type": "application/json"}
        try:
            self.client.request("PostToConnection", "POST", path, headers, message)
        except AwsError as error:
            if error.status == _GONE:
                return False
            raise
        return True
