"""Retries, corrections and errors of one service."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from zlib import crc32

import botocore.retries.standard
import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.aws import failures
from motia.aws.client import AwsClient, backoff, encode_json
from motia.errors import AwsError

Serve = Callable[..., Any]
OK = b'{"ok":true}'


@pytest.fixture
def waits() -> list[float]:
    """What the client slept."""
    return []


@pytest.fixture
def client_to(environ: dict[str, str], waits: list[float]) -> Callable[..., AwsClient]:
    def make(server: Any, service: str = "dynamodb", **options: Any) -> AwsClient:
        return AwsClient(service, endpoint=server.url, environ=environ, sleep=waits.append, **options)

    return make


def refusal(code: str, message: str = "m") -> bytes:
    return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}).encode()


def test_sends_json_1_0_to_the_operation(serve: Serve, answer: Any, client_to: Any) -> None:
    server = serve(answer(200, OK))
    assert client_to(server).call("GetItem", {"TableName": "t", "é": "ü"}) == {"ok": True}
    sent = server.requests[0]
    assert (sent.method, sent.target) == ("POST", "/")
    assert sent.headers["content-type"] == "application/x-amz-json-1.0"
    assert sent.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert sent.body == '{"TableName":"t","é":"ü"}'.encode()
    assert "dynamodb/aws4_request" in sent.headers["authorization"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sqs", "send_message", {"QueueUrl": "http://q", "MessageBody": "é\n", "MessageGroupId": "g"}),
        ("sqs", "change_message_visibility", {"QueueUrl": "http://q", "ReceiptHandle": "r", "VisibilityTimeout": 2}),
        ("dynamodb", "put_item", {"TableName": "ttt", "Item": {"a": {"S": "x"}, "n": {"N": "1"}}}),
    ],
)
def test_asks_what_botocore_asks(
    serve: Serve, answer: Any, client_to: Any, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    server = serve(answer(200, OK))
    theirs = botocore.session.get_session().create_client(
        service, "eu-central-1", endpoint_url=server.url, aws_access_key_id="a", aws_secret_access_key="b"
    )
    getattr(theirs, operation)(**arguments)
    client_to(server, service).call("".join(part.title() for part in operation.split("_")), arguments)
    theirs_sent, ours_sent = server.requests
    assert json.loads(ours_sent.body) == json.loads(theirs_sent.body)
    for name in ("x-amz-target", "content-type", "host"):
        assert ours_sent.headers[name] == theirs_sent.headers[name]
    assert (ours_sent.method, ours_sent.target) == (theirs_sent.method, theirs_sent.target)


def test_an_answer_that_is_not_json_is_an_error(serve: Serve, answer: Any, client_to: Any) -> None:
    with pytest.raises(AwsError, match="is not JSON"):
        client_to(serve(answer(200, b"<html>"))).call("GetItem", {})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_faults_are_tried_again(
    serve: Serve, answer: Any, client_to: Any, waits: list[float], status: int
) -> None:
    server = serve(answer(status, b"oops"), answer(status), answer(200, OK))
    assert client_to(server).call("GetItem", {}) == {"ok": True}
    assert len(server.requests) == 3
    assert len(waits) == 2
    assert all(0 <= wait <= 0.2 for wait in waits)


@pytest.mark.parametrize("code", sorted(failures.THROTTLING | failures.TRANSIENT))
def test_throttling_and_passing_faults_are_tried_again(serve: Serve, answer: Any, client_to: Any, code: str) -> None:
    server = serve(answer(400, refusal(code)), answer(200, OK))
    assert client_to(server).call("GetItem", {}) == {"ok": True}


def test_every_code_botocore_retries_is_retried() -> None:
    theirs = botocore.retries.standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES
    assert [code for code in theirs if not failures.throttled(code, 400)] == []
    passing = botocore.retries.standard.TransientRetryableChecker
    assert [code for code in passing._TRANSIENT_ERROR_CODES if not failures.retryable(code, 400)] == []
    assert [status for status in passing._TRANSIENT_STATUS_CODES if not failures.retryable("", status)] == []


def test_five_attempts_and_then_the_last_error(serve: Serve, answer: Any, client_to: Any, waits: list[float]) -> None:
    server = serve(answer(400, refusal("ThrottlingException", "Rate exceeded"), x_amzn_RequestId="R1"))
    with pytest.raises(AwsError, match="PutItem failed with ThrottlingException: Rate exceeded") as refused:
        client_to(server).call("PutItem", {})
    error = refused.value
    assert (error.service, error.code, error.status, error.request_id) == ("dynamodb", "ThrottlingException", 400, "R1")
    assert "5 attempts" in str(error)
    assert len(server.requests) == 5
    assert len(waits) == 4


@given(attempt=st.integers(1, 10), slow_down=st.booleans())
def test_waits_are_random_below_a_doubling_bound(attempt: int, slow_down: bool) -> None:
    base, most = (0.5, 8.0) if slow_down else (0.1, 2.0)
    assert 0 <= backoff(attempt, slow_down) <= min(most, base * 2 ** (attempt - 1))


@pytest.mark.parametrize("code", ["ValidationException", "ConditionalCheckFailedException", "AccessDeniedException"])
def test_other_refusals_are_final(serve: Serve, answer: Any, client_to: Any, code: str) -> None:
    server = serve(answer(400, refusal(code)))
    with pytest.raises(AwsError) as refused:
        client_to(server).call("PutItem", {})
    assert (refused.value.code, len(server.requests)) == (code, 1)


def test_broken_connections_are_tried_again(serve: Serve, answer: Any, reply: Any, client_to: Any) -> None:
    server = serve(
        reply((), "close"),
        reply((), "reset"),
        reply((b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",), "close"),
        reply((b"garbage\r\n\r\n",), "close"),
        answer(200, OK),
    )
    assert client_to(server).call("GetItem", {}) == {"ok": True}


def test_a_connection_that_stays_broken_is_an_error_without_status(serve: Serve, reply: Any, client_to: Any) -> None:
    server = serve(reply((), "close"))
    with pytest.raises(AwsError) as lost:
        client_to(server).call("GetItem", {})
    assert (lost.value.code, lost.value.status, len(server.requests)) == ("ConnectionClosed", 0, 5)


def test_timeouts_are_tried_again(serve: Serve, answer: Any, reply: Any, client_to: Any) -> None:
    server = serve(reply((), "stall"), answer(200, OK))
    assert client_to(server, read_timeout_s=0.1).call("GetItem", {}) == {"ok": True}


def test_an_emulator_that_is_not_there_says_so(environ: dict[str, str]) -> None:
    client = AwsClient("sqs", endpoint="http://127.0.0.1:9", environ=environ, sleep=lambda _: None)
    with pytest.raises(AwsError, match="start the emulator") as lost:
        client.call("SendMessage", {})
    assert lost.value.code == "ConnectionError"


def test_a_huge_head_is_an_error(serve: Serve, reply: Any, client_to: Any) -> None:
    server = serve(reply((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,), "close"))
    with pytest.raises(AwsError) as refused:
        client_to(server, max_attempts=1).call("GetItem", {})
    assert refused.value.code in ("InvalidResponse", "ConnectionClosed")


def test_a_wrong_checksum_is_tried_again(serve: Serve, answer: Any, client_to: Any) -> None:
    server = serve(answer(200, OK, x_amz_crc32="1"), answer(200, OK, x_amz_crc32=str(crc32(OK))))
    assert client_to(server).call("GetItem", {}) == {"ok": True}
    assert len(server.requests) == 2


@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired"])
def test_a_wrong_clock_is_corrected_once_for_all_calls(
    serve: Serve, answer: Any, client_to: Any, waits: list[float], code: str
) -> None:
    server_time = 1_800_000_000
    date = formatdate(server_time, usegmt=True)
    server = serve(answer(403, refusal(code), Date=date), answer(200, OK))
    client = client_to(server, clock=lambda: server_time - 3600.0)
    client.call("GetItem", {})
    client.call("GetItem", {})
    stamps = [request.headers["x-amz-date"] for request in server.requests]
    right = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(server_time))
    assert stamps[1:] == [right, right]
    assert waits == []


def test_a_bad_signature_with_a_right_clock_is_final_and_keeps_its_secrets(
    serve: Serve, answer: Any, environ: dict[str, str]
) -> None:
    said = "The Canonical String should have been 'POST\nx-amz-security-token:TOPSECRETTOKEN' with AKIDEXAMPLE"
    server = serve(answer(403, refusal("SignatureDoesNotMatch", said + "x" * 5000), Date=formatdate(usegmt=True)))
    client = AwsClient("sqs", endpoint=server.url, environ={**environ, "AWS_SESSION_TOKEN": "TOPSECRETTOKEN"})
    with pytest.raises(AwsError) as refused:
        client.call("SendMessage", {})
    text = f"{refused.value} {refused.value!r} {refused.value.args}"
    assert "TOPSECRETTOKEN" not in text
    assert "AKIDEXAMPLE" not in text
    assert len(refused.value.what) < 1500
    assert len(server.requests) == 1


def test_expired_credentials_are_fetched_anew(serve: Serve, answer: Any, waits: list[float]) -> None:
    def document(key: str) -> bytes:
        return json.dumps(
            {"AccessKeyId": key, "SecretAccessKey": "s", "Token": key, "Expiration": "2099-01-01T00:00:00Z"}
        ).encode()

    endpoint = serve(answer(200, document("OLD")), answer(200, document("NEW")))
    server = serve(answer(400, refusal("ExpiredTokenException")), answer(200, OK))
    environ = {"AWS_REGION": "a-1", "AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.url}
    client = AwsClient("dynamodb", endpoint=server.url, environ=environ, sleep=waits.append)
    assert client.call("GetItem", {}) == {"ok": True}
    assert ["OLD" in r.headers["authorization"] for r in server.requests] == [True, False]


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b'{"__type":"a#NoSuch","Message":"gone"}', {}, ("NoSuch", "gone")),
        (b'{"code":"NoSuch:http://x/","message":"gone"}', {}, ("NoSuch", "gone")),
        (b'{"message":"gone"}', {"x_amzn_ErrorType": "NoSuch:http://x/"}, ("NoSuch", "gone")),
        (b"<?xml?><Error><Code>NoSuchKey</Code><Message>a &amp;lt; b</Message></Error>", {}, ("NoSuchKey", "a &lt; b")),
        (b"<html>Bad</html>", {}, ("418", "")),
        (b"{broken", {}, ("418", "")),
        (b"", {}, ("418", "")),
        (b"[1]", {}, ("418", "")),
    ],
)
def test_reads_errors_in_every_shape(
    serve: Serve, answer: Any, client_to: Any, body: bytes, headers: dict[str, str], expected: tuple[str, str]
) -> None:
    with pytest.raises(AwsError) as refused:
        client_to(serve(answer(418, body, **headers))).call("GetItem", {})
    assert refused.value.code == expected[0]
    assert expected[1] in refused.value.what


@given(st.integers(0, 4_000_000_000))
def test_reads_dates_as_the_standard_library_does(seconds: int) -> None:
    text = formatdate(seconds, usegmt=True)
    assert failures.http_date(text) == parsedate_to_datetime(text).timestamp() == seconds


@given(st.text(max_size=40) | st.sampled_from(["", "Tue, 15 Nov 1994", "Tue, 15 Foo 1994 08:12:31 GMT", "a b c d e f"]))
def test_anything_else_is_no_date(text: str) -> None:
    assert failures.http_date(text) is None


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_json_survives_the_encoding(value: Any) -> None:
    assert json.loads(encode_json(value)) == value


def test_half_a_surrogate_pair_survives_as_an_escape() -> None:
    assert encode_json({"a": "\ud800é"}) == b'{"a":"\\ud800\\u00e9"}'
