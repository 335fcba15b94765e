"""SigV4 in TypeScript against botocore: the same request at the same time has the same signature."""

from __future__ import annotations

import base64
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import botocore.auth
import botocore.config
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from node_programs import Program, compiled, started

TEXTS = [
    "",
    "a",
    "a b",
    "é/ü",
    "%2F",
    "~",
    "a+b",
    "x=1&y",
    "..",
    ".",
    "*'()!",
    "\U0001f600",
    "\x00\x7f",
    "a//b",
    ",;:@",
]
NAMES = ["content-type", "x-amz-target", "x-amz-meta-a", "accept", "user-agent", "range", "x-amzn-trace-id", "te"]
VALUES = ["", "text", "  two  blanks ", "a,b", '"quoted  text"', "tab\there", "~!@#$%^&*()"]
HOSTS = ["sqs.eu-west-1.amazonaws.com", "b.s3.amazonaws.com", "localhost:4566", "[::1]:8000"]


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder: Path = tmp_path_factory.mktemp("signer")
    with started(compiled("signer", folder), {}) as program:
        yield program


def cases(service: str, count: int) -> Iterator[dict[str, Any]]:
    """Requests, the same ones each time."""
    pick = random.Random(service)
    for number in range(count):
        text = pick.choice(TEXTS)
        segments = [pick.choice(TEXTS) for _ in range(pick.randrange(5))]
        pairs = [(pick.choice(TEXTS), pick.choice([None, *TEXTS])) for _ in range(pick.randrange(5))]
        query = [quote(k, safe="~") + ("" if v is None else f"={quote(v, safe='~')}") for k, v in pairs]
        yield {
            "service": service,
            "region": pick.choice(["us-east-1", "eu-central-1", "cn-north-1"]),
            "method": pick.choice(["GET", "POST", "PUT", "DELETE"]),
            "path": "/" + quote("/".join(segments), safe="/~"),
            "query": "&".join(query),
            "headers": {name: pick.choice(VALUES) for name in pick.sample(NAMES, pick.randrange(5))}
            | {"host": pick.choice(HOSTS)},
            "body": base64.b64encode(pick.randbytes(pick.randrange(60))).decode(),
            "accessKey": f"AKID{number % 3}",
            "secretKey": f"secret/{number % 3}+",
            "token": pick.choice(["", "token=="]),
            "now": pick.choice([1_420_070_400, 1_800_000_000, 4_000_000_000]) + pick.random() * 86400 * (number % 2),
            "unsignedPayload": service in ("s3", "execute-api") and pick.random() < 0.3,
            "text": text,
        }


def botocores(case: dict[str, Any]) -> dict[str, str]:
    headers = {name: value for name, value in case["headers"].items() if name != "host"}
    url = f"https://{case['headers']['host']}{case['path']}" + (f"?{case['query']}" if case["query"] else "")
    signed = AWSRequest(method=case["method"], url=url, headers=headers, data=base64.b64decode(case["body"]))
    signed.headers["host"] = case["headers"]["host"]
    auth_class = botocore.auth.S3SigV4Auth if case["service"] == "s3" else botocore.auth.SigV4Auth
    if case["unsignedPayload"]:
        signed.context["payload_signing_enabled"] = False
        signed.context["client_config"] = botocore.config.Config(s3={"payload_signing_enabled": False})
    credentials = Credentials(case["accessKey"], case["secretKey"], case["token"] or None)
    when = dt.datetime.fromtimestamp(int(case["now"]), dt.UTC)
    with patch("botocore.auth.get_current_datetime", return_value=when):
        auth_class(credentials, case["service"], case["region"]).add_auth(signed)
    return {name.lower(): value for name, value in signed.headers.items()}


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "execute-api", "s3"])
def test_signs_as_botocore_does(signer: Program, service: str) -> None:
    for case in cases(service, 300):
        signed, quoted, quoted_path = signer.say(case)
        assert signed == botocores(case), case
        assert (quoted, quoted_path) == (quote(case["text"], safe="~"), quote(case["text"], safe="/~"))
