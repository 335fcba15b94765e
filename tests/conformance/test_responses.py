"""What a client gets of what a handler returns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from conformance.calling import answer, special
from conformance.sentences import contract, only, sentence, sentences
from parity.places import Place

FAILURE = {"error": "Internal server error"}
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@sentences(
    "Response object",
    "status",
    {f"`status` {status} is the HTTP status": status for status in (200, 201, 400, 404, 500)}
    | {contract("`status` may be any other, such as 418"): 418},
)
def test_the_status(place: Place, status: int) -> None:
    got = answer(place, {"status": status, "body": {"s": status}})
    assert (got.status, got.json()) == (status, {"s": status})


@sentence("Response object", contract("`status` may be text: '201'"))
def test_the_status_as_text(place: Place) -> None:
    assert answer(place, {"status": "201", "body": {}}).status == 201


@sentences(
    "Response object",
    "body, sent",
    {
        "`body` is JSON-encoded: a dictionary": ({"id": "123", "name": "Älice"}, {"id": "123", "name": "Älice"}),
        contract("a list is JSON-encoded"): ([1, 2.5, "three", None, True], [1, 2.5, "three", None, True]),
        contract("a number is JSON-encoded"): (5, 5),
        contract("false is JSON-encoded"): (False, False),
        contract("None is JSON-encoded: null"): (None, None),
        contract("a datetime is ISO 8601"): ({"at": special("datetime")}, {"at": AT}),
        contract("a set is a list"): ({"all": special("set")}, {"all": [1]}),
    }
    | {
        only("python", contract(text), because="It is a type of Python's."): values
        for text, values in {
            "a date is ISO 8601": ({"at": special("date")}, {"at": "2026-01-02"}),
            "a Decimal is a number": ({"n": special("decimal")}, {"n": 1.5}),
            "a UUID is text": ({"id": special("uuid")}, {"id": "00000000-0000-0000-0000-000000000001"}),
            "an Enum is its value": ({"color": special("enum")}, {"color": "red"}),
            "a tuple is a list": ({"all": special("tuple")}, {"all": [1, 2]}),
            "a dataclass is a dictionary": (special("dataclass"), {"x": 1, "y": 2}),
        }.items()
    }
    | {
        only("typescript", contract(text), because="It is a value of JavaScript's."): values
        for text, values in {
            "a Map is a dictionary": ({"all": special("map")}, {"all": {"x": 1}}),
            "what has `toJSON` is what that returns": (special("json"), {"from": "toJSON"}),
            "undefined in an object is left out": ({"a": 1, "b": special("undefined")}, {"a": 1}),
        }.items()
    },
)
def test_a_json_body(place: Place, body: Any, sent: Any) -> None:
    got = answer(place, {"status": 200, "body": body})
    assert got.status == 200
    found = got.json()
    assert datetime.fromisoformat(found["at"]) == AT if sent == {"at": AT} else found == sent
    assert got.header("content-type") == "application/json; charset=utf-8"


@sentence("Response object", contract("text is sent as it is, as HTML unless the handler says otherwise"))
def test_a_text_body(place: Place) -> None:
    got = answer(place, {"status": 200, "body": "<b>grüße</b>"})
    assert (got.body.decode(), got.header("content-type")) == ("<b>grüße</b>", "text/html; charset=utf-8")


@sentence("Response object", contract("the handler may set the content type of text"))
def test_a_text_body_of_another_type(place: Place) -> None:
    got = answer(place, {"status": 200, "body": "a,b", "headers": {"Content-Type": "text/csv"}})
    assert got.body == b"a,b"
    assert (got.header("content-type") or "").startswith("text/csv")


@sentence("Response object", contract("bytes are sent as they are"))
def test_a_binary_body(place: Place) -> None:
    got = answer(place, {"status": 200, "body": special("bytes")})
    assert got.body == bytes(range(256))
    assert got.header("content-type") == "application/octet-stream"


@sentence("Response object", contract("without a body there is none, and the status stands"))
def test_no_body(place: Place) -> None:
    got = answer(place, {"status": 202})
    assert (got.status, got.body) == (202, b"")


@sentence("Response object", contract("204 has no body"))
def test_no_content(place: Place) -> None:
    got = answer(place, {"status": 204, "body": {"never": "sent"}})
    assert (got.status, got.body) == (204, b"")


@sentence("Response object", "`headers` are the response's")
def test_headers(place: Place) -> None:
    sent = {"Cache-Control": "max-age=3600", "X-Custom-Header": "value"}
    got = answer(place, {"status": 200, "body": {}, "headers": sent})
    assert (got.header("cache-control"), got.header("x-custom-header")) == ("max-age=3600", "value")


@sentence("Response object", "`headers` may be left out")
def test_no_headers(place: Place) -> None:
    assert answer(place, {"status": 200, "body": {"a": 1}}).json() == {"a": 1}


@sentence("Response object", contract("a header may be a number"))
def test_a_header_of_a_number(place: Place) -> None:
    assert answer(place, {"status": 200, "body": {}, "headers": {"X-Count": 5}}).header("x-count") == "5"


@sentence("Response object", contract("a header may have several values"))
def test_a_header_of_several_values(place: Place) -> None:
    got = answer(place, {"status": 200, "body": {}, "headers": {"Set-Cookie": ["a=1", "b=2"]}})
    assert [part.strip() for line in got.all("set-cookie") for part in line.split(",")] == ["a=1", "b=2"]


@sentence("Response object", contract("of header names that differ in case only, the last one counts"))
def test_a_header_given_twice(place: Place) -> None:
    got = answer(
        place, {"status": 200, "body": "a {}", "headers": {"Content-Type": "text/plain", "content-type": "text/css"}}
    )
    assert got.all("content-type") == ["text/css; charset=utf-8"]


@sentence("Response object", contract("every answer allows all origins"))
def test_cors(place: Place) -> None:
    assert answer(place, {"status": 200, "body": {}}).header("access-control-allow-origin") == "*"


@sentence("Response object", contract("an object with `status` and `body` is a response"))
def test_an_object(place: Place) -> None:
    got = answer(place, special("response"))
    assert (got.status, got.json()) == (202, {"kind": "object"})


@sentences(
    "Response object",
    "returned",
    {
        "`status` is required: 500 without it": {"body": {"a": 1}},
        contract("a handler that returns None is answered with 500"): None,
        contract("a handler that returns bare text is answered with 500"): "text",
        contract("NaN in a body is answered with 500, and nothing falls over"): {
            "status": 200,
            "body": {"n": special("nan")},
        },
        contract("a status that is none is answered with 500"): {"status": "many", "body": {}},
    },
)
def test_what_is_no_response(place: Place, returned: Any) -> None:
    got = answer(place, returned)
    assert (got.status, got.json()) == (500, FAILURE)
    assert answer(place, {"status": 200, "body": {}}).status == 200


@sentences(
    "Response object",
    "how",
    {
        contract("a handler that raises is answered with 500, and tells nothing of the error"): "raise",
        contract("a handler that ends its process is answered with 500, and the server goes on"): "exit",
    },
)
def test_a_handler_that_fails(place: Place, how: str) -> None:
    got = place.call("POST", "/answer", {how: True})
    assert (got.status, got.json()) == (500, FAILURE)
    assert answer(place, {"status": 200, "body": {}}).status == 200
