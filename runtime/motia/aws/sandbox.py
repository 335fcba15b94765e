"""The backend of one Lambda sandbox, from the environment that cdk gives its functions.

MOTIA_PREFIX, MOTIA_QUEUE_BASE, MOTIA_STATE_TABLE, MOTIA_STREAM_TABLE, MOTIA_LOCK_TABLE, MOTIA_BUCKET; with
AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SQS (an emulator), queue URLs are asked for instead of built.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

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
from motia.aws.streams import DynamoStreams, Pusher
from motia.aws.threads import Threads
from motia.aws.transport import tls_context
from motia.aws.values import ValueTable
from motia.backend import Backend
from motia.errors import CloudError
from motia.lines import JsonLines


@dataclass(frozen=True, kw_only=True)
class AwsBackend(Backend):
    """A Backend, and what only AWS has. queues: to delay a retry. payloads: for events too large for SQS."""

    locks: DynamoLocks
    queues: Queues
    payloads: Payloads
    threads: Threads


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

    def table(variable: str, sort: str, prefix: str) -> ValueTable:
        name = _required(environ, variable)
        return ValueTable(db, objects, threads, table=name, sort=sort, bucket=bucket, prefix=prefix)

    return AwsBackend(
        state=DynamoState(table("MOTIA_STATE_TABLE", "key", "state/")),
        streams=DynamoStreams(table("MOTIA_STREAM_TABLE", "id", "streams/"), pusher),
        events=SqsPublisher(queues, payloads, threads, _required(environ, "MOTIA_PREFIX")),
        logs=JsonLines(),
        locks=DynamoLocks(db, threads, _required(environ, "MOTIA_LOCK_TABLE")),
        queues=queues,
        payloads=payloads,
        threads=threads,
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
