"""Posting to a connection of a WebSocket API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from motia.aws.client import AwsClient
from motia.aws.sockets import Sockets
from motia.errors import AwsError

MOMENT = dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC)


def sockets(url: str, environ: dict[str, str]) -> Sockets:
    def clock() -> float:
        return MOMENT.timestamp()

    return Sockets(AwsClient("execute-api", endpoint=f"{url}/live", environ=environ, clock=clock, sleep=lambda _: None))


def test_the_request_is_signed_as_botocore_signs_it(
    serve: Any, answer: Any, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answer(200))
    assert sockets(server.url, environ).post("L0SM9cOFvHcCIhw=", b'{"a":"\xc3\xbc"}')
    (sent,) = server.requests
    assert (sent.method, sent.target) == ("POST", "/live/@connections/L0SM9cOFvHcCIhw%3D")
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: MOMENT.replace(tzinfo=None))
    headers = {"host": sent.headers["host"], "content-type": sent.headers["content-type"]}
    expected = AWSRequest("POST", server.url + sent.target, headers=headers, data=sent.body)
    keys = Credentials(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "execute-api", environ["AWS_REGION"]).add_auth(expected)
    assert sent.headers["authorization"] == expected.headers["Authorization"]


def test_a_client_that_is_gone_is_no_error(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    server = serve(answer(410, b'{"message":"GoneException"}', x_amzn_errortype="GoneException"))
    assert not sockets(server.url, environ).post("c=", b"{}")
    assert len(server.requests) == 1


def test_throttling_is_waited_out(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    server = serve(answer(429, x_amzn_errortype="LimitExceededException"), answer(500), answer(200))
    assert sockets(server.url, environ).post("c=", b"{}")
    assert len(server.requests) == 3


def test_a_refusal_is_an_error(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    server = serve(answer(403, b'{"Message":"no"}', x_amzn_errortype="ForbiddenException"))
    with pytest.raises(AwsError, match="PostToConnection failed with ForbiddenException: no"):
        sockets(server.url, environ).post("c=", b"{}")
