"""The AWS client against boto3: import, cold start, and CPU for each call to a local stub.

Every figure is a median of interleaved runs in this same process or of fresh interpreters started in turn.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RUNTIME = str(Path(__file__).parent.parent / "runtime")
ENVIRON = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}
STARTS = 7
ROUNDS = 15
CALLS = 60

OURS = "from motia.aws.sqs import SqsClient; from motia.aws.dynamodb import DynamoClient"
THEIRS = "import boto3"
MAKE_OURS = "SqsClient(); DynamoClient()"
MAKE_THEIRS = "boto3.client('sqs', 'eu-central-1'); boto3.client('dynamodb', 'eu-central-1')"


def run() -> list[dict[str, Any]]:
    """{name, ours, baseline, ratio, unit} of each measurement."""
    rows = [_row("import the client (wall, fresh interpreter)", "ms", *_starts(OURS, THEIRS))]
    rows.append(
        _row(
            "import and make SQS and DynamoDB clients",
            "ms",
            *_starts(f"{OURS}; {MAKE_OURS}", f"{THEIRS}; {MAKE_THEIRS}"),
        )
    )
    rows += _calls()
    return rows


def _row(name: str, unit: str, ours: float, baseline: float) -> dict[str, Any]:
    return {"name": name, "ours": ours, "baseline": baseline, "ratio": ours / baseline, "unit": unit}


def _starts(ours: str, theirs: str) -> tuple[float, float]:
    """Milliseconds that the code takes inside a fresh interpreter."""
    measured: tuple[list[float], list[float]] = ([], [])
    for turn in range(STARTS + 1):
        for code, times in zip((ours, theirs), measured, strict=True):
            timed = (
                f"import sys, time; sys.path.insert(0, {RUNTIME!r}); t = time.perf_counter(); {code}; "
                "print(1000 * (time.perf_counter() - t))"
            )
            done = subprocess.run(
                [sys.executable, "-c", timed],
                env={**os.environ, **ENVIRON, "AWS_DEFAULT_REGION": "eu-central-1"},
                capture_output=True,
                text=True,
                check=True,
            )
            if turn:  # the first start of each writes bytecode and warms the disk
                times.append(float(done.stdout))
    return statistics.median(measured[0]), statistics.median(measured[1])


def _calls() -> list[dict[str, Any]]:
    with stub() as url:
        return [
            _row(f"{name} (CPU of the caller)", "us", *_interleaved(ours, theirs)) for name, ours, theirs in _pairs(url)
        ]


def _pairs(url: str) -> Iterator[tuple[str, Callable[[], object], Callable[[], object]]]:
    import boto3

    from motia.aws.client import AwsClient
    from motia.aws.dynamodb import DynamoClient
    from motia.aws.sqs import Entry, SqsClient

    options = {
        "region_name": "eu-central-1",
        "endpoint_url": url,
        "aws_access_key_id": "AKIDEXAMPLE",
        "aws_secret_access_key": "secret",
    }
    their_sqs, their_db = boto3.client("sqs", **options), boto3.client("dynamodb", **options)
    sqs = SqsClient(AwsClient("sqs", endpoint=url, environ=ENVIRON))
    db = DynamoClient(AwsClient("dynamodb", endpoint=url, environ=ENVIRON))
    queue, body = f"{url}/1/q", json.dumps({"topic": "t", "data": {"text": "x" * 200}})
    key = {"group": "g", "key": "k"}
    typed = {name: {"S": value} for name, value in key.items()}
    ten = [{"Id": str(n), "MessageBody": body} for n in range(10)]

    yield (
        "sqs send",
        lambda: sqs.send(queue, Entry(body)),
        lambda: their_sqs.send_message(QueueUrl=queue, MessageBody=body),
    )
    yield (
        "sqs send_batch of 10",
        lambda: sqs.send_once(queue, {n: Entry(body) for n in range(10)}),
        lambda: their_sqs.send_message_batch(QueueUrl=queue, Entries=ten),
    )
    yield (
        "dynamodb put",
        lambda: db.put("t", {**key, "value": body}),
        lambda: their_db.put_item(TableName="t", Item={**typed, "value": {"S": body}}),
    )
    yield (
        "dynamodb get",
        lambda: db.get("t", key),
        lambda: their_db.get_item(TableName="t", Key=typed, ConsistentRead=True),
    )


def _interleaved(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Microseconds of this thread's CPU for one call."""
    measured: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for call, times in zip((ours, theirs), measured, strict=True):
            started = time.thread_time()
            for _ in range(CALLS):
                call()
            if turn:
                times.append((time.thread_time() - started) / CALLS * 1e6)
    return statistics.median(measured[0]), statistics.median(measured[1])


@contextmanager
def stub() -> Iterator[str]:
    """A server that answers every operation with the least that is an answer."""
    sent = [{"Id": str(n), "MessageId": "m"} for n in range(10)]
    bodies = {
        b"AmazonSQS.SendMessage": b'{"MessageId":"m"}',
        b"AmazonSQS.SendMessageBatch": json.dumps({"Successful": sent}).encode(),
        b"DynamoDB_20120810.PutItem": b"{}",
        b"DynamoDB_20120810.GetItem": b'{"Item":{"group":{"S":"g"},"key":{"S":"k"},"value":{"S":"{}"}}}',
    }
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            while stream.readline():
                length, target = 0, b""
                while line := stream.readline().strip():
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                    elif name.lower() == b"x-amz-target":
                        target = value.strip()
                stream.read(length)
                body = bodies[target]
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: r\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


if __name__ == "__main__":
    for row in run():
        print(f"{row['name']:<48} {row['ours']:>9.1f} {row['baseline']:>9.1f} {row['unit']}  {row['ratio']:.3f}")
