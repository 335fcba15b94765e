"""What a handler returns is what goes on the wire."""

from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from motia.errors import RequestError, ResponseError
from motia.http import HttpResponse
from motia.response import CORS_HEADERS, NOT_FOUND, encode, refusal
from running import header, json_of

JSON = "application/json; charset=utf-8"
Pair = namedtuple("Pair", ["status", "body"])


@dataclass
class Answer:
    status: int
    body: Any


class Model(BaseModel):
    status: int = 200
    body: dict[str, int] = {"a": 1}


@pytest.mark.parametrize(
    ("body", "wire", "kind"),
    [
        ({"a": [1, 2.5, None, True, "ü"]}, '{"a":[1,2.5,null,true,"ü"]}'.encode(), JSON),
        ([], b"[]", JSON),
        (None, b"null", JSON),
        (False, b"false", JSON),
        (5, b"5", JSON),
        ({"at": datetime(2026, 1, 2, tzinfo=UTC)}, b'{"at":"2026-01-02T00:00:00+00:00"}', JSON),
        ("<b>ü</b>", "<b>ü</b>".encode(), "text/html; charset=utf-8"),
        ("", b"", "text/html; charset=utf-8"),
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        (bytearray(b"a"), b"a", "application/octet-stream"),
        (memoryview(b"a"), b"a", "application/octet-stream"),
    ],
)
def test_a_body_is_sent_by_its_type(body: Any, wire: bytes, kind: str) -> None:
    response = encode({"status": 200, "body": body})
    assert (response.body, header(response, "content-type")) == (wire, kind)


def test_without_a_body_nothing_is_sent() -> None:
    response = encode({"status": 202})
    assert (response.status, response.body, header(response, "content-type")) == (202, b"", JSON)


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    response = encode({"status": status, "body": {"a": 1}, "headers": {"ETag": "x"}})
    assert (response.body, header(response, "content-type"), header(response, "etag")) == (b"", None, "x")


def test_head_has_the_headers_of_get_and_no_body() -> None:
    response = encode({"status": 200, "body": {"a": 1}}, head=True)
    assert (response.body, header(response, "content-type"), header(response, "content-length")) == (b"", JSON, "7")


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"status": 201, "body": {"a": 1}}, 201),
        ({"status": "201", "body": {"a": 1}}, 201),
        ({"status": HTTPStatus.CREATED, "body": {"a": 1}}, 201),
        (Answer(201, {"a": 1}), 201),
        (Pair(201, {"a": 1}), 201),
        (SimpleNamespace(status=201, body={"a": 1}), 201),
        (Model(), 200),
    ],
)
def test_a_response_has_a_status(result: Any, status: int) -> None:
    response = encode(result)
    assert (response.status, json_of(response)) == (status, {"a": 1})


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (None, "returned nothing"),
        ({}, "a response without status"),
        ({"body": 1}, "a response without status"),
        ({"statusCode": 200}, "`statusCode` is not read here"),
        ((200, {"a": 1}), "a tuple, which is not a response"),
        ("hello", "a str, which is not a response"),
        (5, "an int, which is not a response"),
        ({"status": 999}, "999 is not an HTTP status"),
        ({"status": 101}, "101 is not an HTTP status"),
        ({"status": "OK"}, "'OK' is not an HTTP status"),
        ({"status": True}, "True is not an HTTP status"),
        ({"status": 200.0}, "200.0 is not an HTTP status"),
        ({"status": None}, "None is not an HTTP status"),
        ({"status": 200, "body": {"a": [float("nan")]}}, "body.a[0] is not JSON"),
        ({"status": 200, "body": {"a": b""}}, "body.a is not JSON"),
        ({"status": 200, "headers": [("a", "b")]}, "headers are a list"),
        ({"status": 200, "headers": {"a b": "c"}}, "'a b' is not a header name"),
        ({"status": 200, "headers": {5: "c"}}, "5 is not a header name"),
        ({"status": 200, "headers": {"a": "b\r\nset-cookie: c"}}, "the header a holds the character '\\r'"),
        ({"status": 200, "headers": {"a": "😀"}}, "the header a holds the character"),
        ({"status": 200, "headers": {"a": {"b": "c"}}}, "the header a is a dict"),
    ],
)
def test_what_is_no_response_is_refused_with_the_reason(result: Any, what: str) -> None:
    with pytest.raises(ResponseError) as refused:
        encode(result)
    assert what in str(refused.value)


def pairs(headers: dict[str, Any], body: Any = None) -> list[tuple[str, str]]:
    response = encode({"status": 200, "body": body, "headers": headers})
    return [pair for pair in response.headers if pair not in CORS_HEADERS and pair != ("content-type", JSON)]


def test_of_names_that_differ_in_case_only_the_last_counts() -> None:
    assert pairs({"X-One": ["1", "2"], "x-one": "3", "X-Two": "4"}) == [("x-one", "3"), ("x-two", "4")]


def test_a_header_may_have_several_values_numbers_and_nothing() -> None:
    given = {
        "Set-Cookie": ["a=1", "b=2"],
        "X-Number": 5,
        "X-Flag": True,
        "X-None": None,
        "X-Latin": "é",
        "X-Pad": " p ",
    }
    assert pairs(given) == [
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-number", "5"),
        ("x-flag", "true"),
        ("x-latin", "é"),
        ("x-pad", "p"),
    ]


def test_framing_belongs_to_the_server() -> None:
    assert pairs({"Content-Length": 99, "Transfer-Encoding": "chunked", "Connection": "close"}) == []


@pytest.mark.parametrize(
    ("given", "body", "sent"),
    [
        ("text/plain", "x", "text/plain; charset=utf-8"),
        ("application/json", '{"a":1}', "application/json; charset=utf-8"),
        ("application/json", {"a": 1}, "application/json; charset=utf-8"),
        ("application/problem+json", {"a": 1}, "application/problem+json; charset=utf-8"),
        ("text/plain; charset=us-ascii", "x", "text/plain; charset=us-ascii"),
        ("image/svg+xml", b"<svg/>", "image/svg+xml"),
        ("image/png", "x", "image/png"),
    ],
)
def test_text_says_that_it_is_utf8(given: str, body: Any, sent: str) -> None:
    assert header(encode({"status": 200, "body": body, "headers": {"Content-Type": given}}), "content-type") == sent


def test_other_origins_are_allowed_unless_the_handler_says_otherwise() -> None:
    assert set(CORS_HEADERS) <= set(encode({"status": 200}).headers)
    assert set(CORS_HEADERS) <= set(NOT_FOUND.headers)
    own = encode({"status": 200, "headers": {"Access-Control-Allow-Origin": "https://a.example"}})
    assert [value for name, value in own.headers if name == "access-control-allow-origin"] == ["https://a.example"]


def test_a_refusal_says_what_and_why() -> None:
    response = refusal(RequestError("Malformed JSON body: Expecting value: line 1", status=400))
    assert isinstance(response, HttpResponse)
    assert json_of(response) == {"error": "Malformed JSON body", "detail": "Expecting value: line 1"}
    assert json_of(refusal(RequestError("Too large", status=413, allowed="5 bytes"))) == {
        "error": "Too large",
        "allowed": "5 bytes",
    }
