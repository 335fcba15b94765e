"""Calling a Lambda function."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from motia.aws.client import AwsClient
from motia.aws.functions import FunctionClient
from motia.errors import AwsError

MOMENT = dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC)


def functions(url: str, environ: dict[str, str]) -> FunctionClient:
    client = AwsClient("lambda", endpoint=url, environ=environ, clock=MOMENT.timestamp, sleep=lambda _: None)
    return FunctionClient(client)


def test_the_request_is_signed_as_botocore_signs_it(
    serve: Any, answer: Any, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answer(200, b'{"said": "\xc3\xbc"}'))
    assert functions(server.url, environ).invoke("shop_dev_v1_access_node", {"a": "ü"}) == {"said": "ü"}
    (sent,) = server.requests
    target = "/2015-03-31/functions/shop_dev_v1_access_node/invocations"
    assert (sent.method, sent.target, sent.body) == ("POST", target, '{"a":"ü"}'.encode())
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: MOMENT.replace(tzinfo=None))
    headers = {"host": sent.headers["host"], "content-type": sent.headers["content-type"]}
    expected = AWSRequest("POST", server.url + sent.target, headers=headers, data=sent.body)
    keys = Credentials(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "lambda", environ["AWS_REGION"]).add_auth(expected)
    assert sent.headers["authorization"] == expected.headers["Authorization"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'{"errorType": "TypeError", "errorMessage": "no such thing"}', "TypeError: no such thing"),
        (b'{"errorMessage": "Task timed out after 3.00 seconds"}', "Task timed out after 3.00 seconds"),
        (b"null", "Unhandled"),
        (b"{", "is not JSON"),
    ],
)
def test_a_function_that_fails_is_an_error_that_says_so(
    serve: Any, answer: Any, environ: dict[str, str], body: bytes, what: str
) -> None:
    server = serve(answer(200, body, x_amz_function_error="Unhandled"))
    with pytest.raises(AwsError) as failed:
        functions(server.url, environ).invoke("rules", {})
    assert failed.value.code == "FunctionError"
    assert what in failed.value.what
    assert len(server.requests) == 1  # it has run: that once


@pytest.mark.parametrize(("body", "value"), [(b"", None), (b"null", None), (b"[1]", [1])])
def test_any_json_may_be_returned(serve: Any, answer: Any, environ: dict[str, str], body: bytes, value: Any) -> None:
    assert functions(serve(answer(200, body)).url, environ).invoke("rules", None) == value


def test_a_throttled_call_is_made_again(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    refused = answer(429, b'{"Message": "Rate exceeded"}', x_amzn_errortype="TooManyRequestsException")
    server = serve(refused, answer(200, json.dumps(7).encode()))
    assert functions(server.url, environ).invoke("rules", {}) == 7
    assert len(server.requests) == 2


def test_who_may_not_call_is_told_by_name(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    denied = b'{"Message": "User is not authorized to perform: lambda:InvokeFunction"}'
    server = serve(answer(403, denied, x_amzn_errortype="AccessDeniedException"))
    with pytest.raises(AwsError, match=r"AccessDeniedException.*lambda:InvokeFunction"):
        functions(server.url, environ).invoke("rules", {})
