"""Motia on AWS: a small client on the standard library, and the backend it makes.

boto3 costs a cold start six times what these modules do.

    credentials, sigv4, endpoints     who asks, and whom
    response, transport               HTTP/1.1 on sockets
    failures, client                  one service: retries and errors
    sqs, dynamodb, attributes, s3     the calls a Step needs
    values, timed_values,             what is kept
    state, streams, locks
    rooms, sockets, push              who is told of streams
    functions, access                 who may listen, when another function knows
    outgoing, fifo, publisher,        events on their way
    queues, payloads
    threads, sandbox                  beside the event loop; all of it as a motia.backend.Backend
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia.aws.sandbox import AwsBackend
    from motia.descriptor import BundleDescriptor

_backend: AwsBackend | None = None


def backend(descriptor: BundleDescriptor | None = None) -> AwsBackend:
    """The backend of this sandbox, made on the first call. Raises CloudError when the environment lacks something."""
    global _backend
    if _backend is None:
        from motia.aws.sandbox import open_backend

        _backend = open_backend()
    return _backend
