"""A moto server with tables, queues and a bucket; and a server that misbehaves as told."""

from __future__ import annotations

import logging
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

REGION = "eu-central-1"
ACCOUNT = "123456789012"
ENVIRON = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": REGION}


@dataclass
class Reply:
    """What the server does with one request: send the parts, then go on, close, reset, or say nothing until the end."""

    parts: tuple[bytes, ...] = ()
    then: str = "go on"
    before: Callable[[], object] | None = None


@dataclass
class Request:
    """What arrived. connection: a number, to see which requests shared one."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class MisbehavingServer:
    """Answers the n-th request with the n-th reply; the last one goes on for ever."""

    replies: list[Reply]
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connections = 0
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.closed.set()
        self._listener.close()
        with self._lock:
            for connection in self._open:
                connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.append(connection)
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while (request := self._read(stream, number)) is not None:
                    if not self._answer(connection, request):
                        return
        except OSError:
            return

    def _read(self, stream: Any, number: int) -> Request | None:
        first = stream.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers: dict[str, str] = {}
        while line := stream.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        return Request(first[0], first[1], headers, body, number)

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        with self._lock:
            reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
            self.requests.append(request)
        if reply.before:
            reply.before()
        for part in reply.parts:
            connection.sendall(part)
        if reply.then == "stall":
            self.closed.wait()
        if reply.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return reply.then == "go on"


def http(status: int, body: bytes = b"", **headers: str) -> Reply:
    """An orderly answer. headers: underscores stand for dashes."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return Reply((f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body,))


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def answer() -> Callable[..., Reply]:
    return http


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(ENVIRON)


@pytest.fixture
def serve() -> Iterator[Callable[..., MisbehavingServer]]:
    servers: list[MisbehavingServer] = []

    def start(*replies: Reply) -> MisbehavingServer:
        servers.append(MisbehavingServer(list(replies)))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A moto server for the whole run; or, to try another emulator, what MOTIA_TEST_ENDPOINT names."""
    if given := os.environ.get("MOTIA_TEST_ENDPOINT"):
        yield given
        return
    from moto.server import ThreadedMotoServer

    from atomic_moto import make_moto_atomic

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_moto_atomic()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


@dataclass
class Cloud:
    """Resources of one test in moto, boto3 to look at them, and the environment a function would have."""

    url: str
    environ: dict[str, str]

    def boto(self, service: str) -> Any:
        import boto3

        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
        )

    def client(self, service: str, **options: Any) -> Any:
        from motia.aws.client import AwsClient

        return AwsClient(service, environ=self.environ, **options)

    def table(self, name: str, partition: str, sort: str | None = None) -> str:
        keys = [(partition, "HASH")] + ([(sort, "RANGE")] if sort else [])
        self.boto("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def queue(self, step: str, *, fifo: bool = False) -> str:
        """The queue of an event Step, as cdk would name it; gives its URL."""
        from motia.names import queue_name

        name = queue_name(self.environ["MOTIA_PREFIX"], step, fifo=fifo)
        attributes = {"FifoQueue": "true"} if fifo else {}
        url: str = self.boto("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def received(self, url: str) -> list[dict[str, Any]]:
        """Every message of a queue, taken out in order of delivery."""
        sqs = self.boto("sqs")
        messages: list[dict[str, Any]] = []
        while some := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=600
        ).get("Messages"):
            for message in some:
                messages.append(message)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def objects(self, prefix: str = "") -> list[str]:
        found = self.boto("s3").list_objects_v2(Bucket=self.environ["MOTIA_BUCKET"], Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]


@pytest.fixture
def cloud(moto_url: str) -> Cloud:
    unique = uuid4().hex[:8]
    environ = {
        **ENVIRON,
        "AWS_ENDPOINT_URL": moto_url,
        "MOTIA_PREFIX": f"shop_test_{unique}",
        "MOTIA_QUEUE_BASE": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/",
        "MOTIA_STATE_TABLE": f"state-{unique}",
        "MOTIA_STREAM_TABLE": f"streams-{unique}",
        "MOTIA_LOCK_TABLE": f"locks-{unique}",
        "MOTIA_BUCKET": f"bucket-{unique}",
    }
    made = Cloud(moto_url, environ)
    made.table(environ["MOTIA_STATE_TABLE"], "group", "key")
    made.table(environ["MOTIA_STREAM_TABLE"], "group", "id")
    made.table(environ["MOTIA_LOCK_TABLE"], "name")
    made.boto("s3").create_bucket(
        Bucket=environ["MOTIA_BUCKET"], CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return made
