"""The backend of one Lambda sandbox, from the environment that cdk gives its functions.

MOTIA_PREFIX, MOTIA_QUEUE_BASE, MOTIA_STATE_TABLE, MOTIA_STREAM_TABLE, MOTIA_LOCK_TABLE, MOTIA_BUCKET; with
AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SQS (an emulator), queue URLs are asked for instead of built. In a project with
streams also MOTIA_WEBSOCKET_ENDPOINT (of a WebSocket API, for PostToConnection) and MOTIA_CONNECTION_TABLE; where rules
for streams are TypeScript or JavaScript, MOTIA_ACCESS_FUNCTION (to ask for them).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from motia.aws.client import AwsClient
from motia.aws.credentials import CredentialSource
from motia.aws.dynamodb import DynamoClient
from motia.aws.locks import DynamoLocks
from motia.aws.payloads import Payloads
from motia.aws.publisher import SqsPublisher
from motia.aws.queues import Queues
from motia.aws.response import TransportError
from motia.aws.s3 import S3Client
from motia.aws.sqs import SqsClient
from motia.aws.state import DynamoState
from motia.aws.streams import DynamoStreams, LatePusher, Pusher
from motia.aws.threads import Threads
from motia.aws.timed_values import TimedTable
from motia.aws.transport import tls_context
from motia.aws.values import ValueTable
from motia.backend import Backend
from motia.errors import CloudError
from motia.lines import JsonLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia.aws.access import RemoteAccess
    from motia.aws.push import WebSocketPusher


@dataclass(frozen=True, kw_only=True)
class AwsBackend(Backend):
    """A Backend, and what only AWS has. queues: to delay a retry. payloads: for events too large for SQS. clients,
    access: make, once, the way to the clients of streams, and to the function that knows who may listen; CloudError
    where there is none."""

    locks: DynamoLocks
    queues: Queues
    payloads: Payloads
    threads: Threads
    clients: Callable[[], WebSocketPusher]
    access: Callable[[], RemoteAccess]


def open_backend(environ: Mapping[str, str] = os.environ, *, pusher: Pusher | None = None) -> AwsBackend:
    """A backend with clients and threads of its own; nothing is called yet. Raises CloudError for what is not set."""
    credentials = CredentialSource(environ)
    sqs, dynamodb, s3 = (
        AwsClient(service, environ=environ, credentials=credentials) for service in ("sqs", "dynamodb", "s3")
    )
    if any(client.endpoint.tls for client in (sqs, dynamodb, s3)):
        _warm_tls()
    threads = Threads()
    db, objects = DynamoClient(dynamodb), S3Client(s3)
    bucket = _required(environ, "MOTIA_BUCKET")
    queues = Queues(SqsClient(sqs), threads, None if sqs.endpoint.custom else _required(environ, "MOTIA_QUEUE_BASE"))
    payloads = Payloads(objects, threads, bucket)

    logs = JsonLines()

    @cache
    def clients() -> WebSocketPusher:
        from motia.aws.push import WebSocketPusher
        from motia.aws.rooms import Rooms
        from motia.aws.sockets import Sockets

        endpoint = _required(environ, "MOTIA_WEBSOCKET_ENDPOINT")
        sockets = Sockets(AwsClient("execute-api", endpoint=endpoint, environ=environ, credentials=credentials))
        return WebSocketPusher(Rooms(db, _required(environ, "MOTIA_CONNECTION_TABLE")), sockets, threads, logs)

    @cache
    def access() -> RemoteAccess:
        from motia.aws.access import PATIENCE_S, RemoteAccess
        from motia.aws.functions import FunctionClient

        function = _required(environ, "MOTIA_ACCESS_FUNCTION")
        client = AwsClient(
            "lambda", environ=environ, credentials=credentials, read_timeout_s=PATIENCE_S + 1, max_attempts=3
        )
        return RemoteAccess(FunctionClient(client), function, threads)

    if pusher is None and environ.get("MOTIA_WEBSOCKET_ENDPOINT"):
        pusher = LatePusher(clients)
    state = _required(environ, "MOTIA_STATE_TABLE")
    items = _required(environ, "MOTIA_STREAM_TABLE")
    streams = TimedTable(db, objects, threads, table=items, sort="id", bucket=bucket, prefix="streams/")

    return AwsBackend(
        state=DynamoState(ValueTable(db, objects, threads, table=state, sort="key", bucket=bucket, prefix="state/")),
        streams=DynamoStreams(streams, pusher),
        events=SqsPublisher(queues, payloads, threads, _required(environ, "MOTIA_PREFIX")),
        logs=logs,
        locks=DynamoLocks(db, threads, _required(environ, "MOTIA_LOCK_TABLE")),
        queues=queues,
        payloads=payloads,
        threads=threads,
        clients=clients,
        access=access,
    )


def _warm_tls() -> None:
    """Read the root certificates beside the rest of the start: it takes 30 ms, most of them outside the interpreter."""
    from threading import Thread

    def read() -> None:
        with suppress(TransportError):  # the first call that needs the context meets it again, and reports it
            tls_context()

    Thread(target=read, name="motia-tls", daemon=True).start()


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise CloudError(
            f"{name} is not set",
            where="environment of the function",
            remedy="deploy the Step with motia cloud deploy, which sets it",
        )
    return value
