"""What API Gateway does for a WebSocket API, and a bundle for its function, on tables of moto."""

from __future__ import annotations

import asyncio
import itertools
import json
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from fake_sockets import FakeSockets
from motia.aws.sandbox import open_backend
from motia.descriptor import FILE_NAME, BundleDescriptor, RemoteRules
from motia_handlers.hall import Hall
from motia_handlers.websocket import handle

ENVIRON = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}


@dataclass
class Api:
    """Sends the function what API Gateway would."""

    hall: Hall
    sockets: FakeSockets

    def event(self, kind: str, client: str, **more: Any) -> dict[str, Any]:
        context = {
            "eventType": kind,
            "routeKey": "$default",
            "connectionId": client,
            "requestTimeEpoch": next(_times),
            "stage": "live",
        }
        return {"requestContext": context, "isBase64Encoded": False, **more}

    def send(self, kind: str, client: str, **more: Any) -> dict[str, Any]:
        return asyncio.run(handle(self.event(kind, client, **more), self.hall))

    def connect(self, client: str, token: str | None = None, **more: Any) -> dict[str, Any]:
        query = {"authToken": [token]} if token is not None else None
        return self.send("CONNECT", client, **{"multiValueQueryStringParameters": query, "headers": {}, **more})

    def say(self, client: str, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        assert self.send("MESSAGE", client, body=text) == {"statusCode": 200}

    def join(self, client: str, stream: str, group: str, id: str | None = None, key: str = "s1") -> None:
        self.say(client, message("join", stream, group, id, key))

    def told(self, client: str) -> list[dict[str, Any]]:
        return self.sockets.told.get(client, [])


_times = itertools.count(int(time.time() * 1000))


def message(kind: str, stream: str, group: str, id: str | None = None, key: str = "s1") -> dict[str, Any]:
    data = {"streamName": stream, "groupId": group, "subscriptionId": key, **({"id": id} if id else {})}
    return {"type": kind, "data": data}


def backend(moto_url: str, sockets: FakeSockets, **environment: str) -> Any:
    """A backend with tables of its own. environment: more variables of the function."""
    unique = uuid4().hex[:8]
    names = {kind: f"{kind}-{unique}" for kind in ("state", "streams", "locks", "connections", "bucket")}
    options = {"region_name": "eu-central-1", "endpoint_url": moto_url}
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
    dynamodb, s3 = (boto3.client(service, **options, **keys) for service in ("dynamodb", "s3"))
    for kind, partition, sort in [("streams", "group", "id"), ("connections", "room", "connection")]:
        dynamodb.create_table(
            TableName=names[kind],
            KeySchema=[
                {"AttributeName": partition, "KeyType": "HASH"},
                {"AttributeName": sort, "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in (partition, sort)],
            BillingMode="PAY_PER_REQUEST",
        )
    s3.create_bucket(Bucket=names["bucket"], CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    environ = {
        **ENVIRON,
        "AWS_ENDPOINT_URL": moto_url,
        "MOTIA_PREFIX": "shop-test_v1",
        "MOTIA_STATE_TABLE": names["state"],
        "MOTIA_STREAM_TABLE": names["streams"],
        "MOTIA_LOCK_TABLE": names["locks"],
        "MOTIA_CONNECTION_TABLE": names["connections"],
        "MOTIA_BUCKET": names["bucket"],
        "MOTIA_WEBSOCKET_ENDPOINT": sockets.url,
        **environment,
    }
    return open_backend(environ)


def bundle(root: Path, files: dict[str, str], guards: dict[str, str], remote: RemoteRules | None = None) -> Path:
    """A bundle with the streams chat and news."""
    for file, source in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
    (root / FILE_NAME).write_text(BundleDescriptor((), {}, ("chat", "news"), guards, remote=remote).to_json())
    return root
