"""Requests as tests write them, responses as they read them."""

import pytest

from motia.errors import ProjectError
from motia.http import HttpResponse
from motia.testing import request
from motia.testing.http import fill_path, make_request, make_response


def test_a_dict_is_sent_as_json() -> None:
    req = request(body={"a": [1, None]})
    assert req["body"] == {"a": [1, None]}
    assert req["headers"]["content-type"] == "application/json"
    assert req["rawBody"] == '{"a":[1,null]}'


def test_text_and_bytes_are_sent_as_they_are() -> None:
    assert request(body="héllo")["body"] == "héllo"
    assert request(body=b"\x00\xff")["body"] == b"\x00\xff"


def test_no_body_is_no_body() -> None:
    assert request()["body"] == {}
    assert request()["headers"] == {}


def test_a_form_is_sent_as_one() -> None:
    req = request(body={"a": "1", "b": ["2", "3"]}, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert req["body"] == {"a": "1", "b": ["2", "3"]}


def test_headers_and_queries_may_repeat() -> None:
    req = request("GET", "/x?a=1", headers={"X-Tag": ["a", "b"]}, query={"b": [2, 3], "c": True})
    assert req["headers"]["x-tag"] == "a, b"
    assert req["queryParams"] == {"a": "1", "b": ["2", "3"], "c": "true"}


def test_a_path_need_not_be_encoded() -> None:
    assert make_request("get", "/straße/a b").path == "/stra%C3%9Fe/a%20b"
    assert make_request("get", "/a%20b").path == "/a%20b"
    assert make_request("get", "/a").method == "GET"


def test_what_is_not_a_path_is_refused() -> None:
    with pytest.raises(ProjectError, match="is not a path"):
        make_request("GET", "orders")


@pytest.mark.parametrize(
    ("pattern", "values", "path"),
    [
        ("/orders/:id", {"id": "a/b c"}, "/orders/a%2Fb%20c"),
        ("/orders/:id", {"id": 7}, "/orders/7"),
        ("/reports/:month?", {}, "/reports"),
        ("/reports/:month?", {"month": "5"}, "/reports/5"),
        ("/files/*", {"0": "a/b.txt"}, "/files/a/b.txt"),
        ("/", {}, "/"),
    ],
)
def test_parameters_are_put_into_the_path(pattern: str, values: dict[str, object], path: str) -> None:
    assert fill_path(pattern, values) == path


@pytest.mark.parametrize(("values", "message"), [({}, "needs 'id'"), ({"id": "1", "x": "2"}, "no parameter 'x'")])
def test_missing_and_superfluous_parameters_are_named(values: dict[str, str], message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        fill_path("/orders/:id", values)


@pytest.mark.parametrize(
    ("kind", "content", "body"),
    [
        ("application/json; charset=utf-8", b'{"a":1}', {"a": 1}),
        ("application/problem+json", b"[1]", [1]),
        ("text/html", "é".encode(), "é"),
        ("application/octet-stream", b"\xff", b"\xff"),
        ("application/json", b"", None),
    ],
)
def test_a_body_is_read_by_its_content_type(kind: str, content: bytes, body: object) -> None:
    assert make_response(HttpResponse(200, (("content-type", kind),), content)).body == body


def test_headers_are_found_in_any_case() -> None:
    response = make_response(HttpResponse(200, (("X-Tag", "a"), ("x-tag", "b"))))
    assert response.headers["X-TAG"] == response.headers.get("x-Tag") == "a, b"
    assert "X-tag" in response.headers
    assert response.headers.get("none") is None
