"""Routes, and what an API handler is given."""

from __future__ import annotations

import gzip
import json
from typing import Any

from conformance.calling import calls, unique
from conformance.sentences import contract, sentence, sentences
from parity.places import Answer, Place

PREFLIGHTS = (
    "With CORS configured the emulator answers every OPTIONS itself, as API Gateway answers preflights, "
    "and asks no Step."
)


def echo(place: Place, path: str = "/echo/1", body: Any = None, headers: dict[str, str] | None = None) -> Any:
    answer = place.call("POST", path, body, headers)
    assert answer.status == 200, answer.body
    return answer.json()


@sentences("ApiRouteConfig", "method", {f"a Step with `method` {m} answers {m}": m for m in ("GET", "POST", "PUT")})
def test_a_method(place: Place, method: str) -> None:
    answer = place.call(method, "/method")
    assert (answer.status, answer.json()) == (200, {"method": method})


@sentences("ApiRouteConfig", "method", {f"a Step with `method` {m} answers {m}": m for m in ("DELETE", "PATCH")})
def test_a_rarer_method(place: Place, method: str) -> None:
    answer = place.call(method, "/method")
    assert (answer.status, answer.json()) == (200, {"method": method})


@sentence("ApiRouteConfig", "a Step with `method` HEAD answers HEAD, without a body")
def test_head(place: Place) -> None:
    answer = place.call("HEAD", "/only-head")
    assert (answer.status, answer.header("x-method"), answer.body) == (200, "HEAD", b"")


@sentence(
    "ApiRouteConfig",
    "a Step with `method` OPTIONS answers OPTIONS",
    absent={"emulator": PREFLIGHTS},
)
def test_options(place: Place) -> None:
    answer = place.call("OPTIONS", "/only-options")
    assert (answer.status, answer.header("x-method")) == (200, "OPTIONS")


@sentence("ApiRouteConfig", contract("a GET Step answers HEAD too, without the body"))
def test_head_of_a_get(place: Place) -> None:
    answer = place.call("HEAD", "/method")
    assert (answer.status, answer.header("x-method"), answer.body) == (200, "GET", b"")


@sentence("ApiRouteConfig", contract("OPTIONS without a Step of its own is answered, for other origins"))
def test_preflight(place: Place) -> None:
    asked = {"origin": "https://a.example", "access-control-request-method": "POST"}
    answer = place.call("OPTIONS", "/method", headers=asked)
    assert answer.status in (200, 204)
    assert answer.header("access-control-allow-origin") == "*"


@sentence("ApiRouteConfig", contract("a path that no Step has is 404"))
def test_an_unknown_path(place: Place) -> None:
    assert place.call("GET", f"/{unique()}").status == 404


@sentence("ApiRouteConfig", contract("a method that no Step of the path has is 404"))
def test_an_unknown_method(place: Place) -> None:
    assert place.call("DELETE", "/items/1").status == 404


@sentence("ApiRouteConfig", "`path` supports parameters like /users/:id")
def test_a_path_parameter(place: Place) -> None:
    assert place.call("GET", "/items/user-7").json() == {"route": "item", "id": "user-7"}


@sentence("ApiRouteConfig", contract("a static path wins over one with a parameter"))
def test_static_before_parameter(place: Place) -> None:
    assert place.call("GET", "/items/special").json() == {"route": "special"}


@sentence("ApiRouteConfig", contract("the last parameter may be optional, and is missing when it is not there"))
def test_an_optional_parameter(place: Place) -> None:
    assert echo(place, "/echo/1", {})["pathParams"] == {"id": "1"}
    assert echo(place, "/echo/1/2", {})["pathParams"] == {"id": "1", "extra": "2"}


@sentence("ApiRouteConfig", contract("a path may end in a wildcard"))
def test_a_wildcard(place: Place) -> None:
    assert place.call("GET", "/files/a/b.txt").json()["route"] == "files"


@sentence("ApiRouteConfig", "the body is not validated against `bodySchema`")
def test_the_body_is_not_validated(place: Place) -> None:
    answer = place.call("POST", "/schemas", {"unlike": "the schema"})
    assert (answer.status, answer.json()["body"]) == (201, {"unlike": "the schema"})


@sentence("ApiRouteConfig", "the response is not validated against `responseSchema`")
def test_the_response_is_not_validated(place: Place) -> None:
    answer = place.call("POST", "/schemas", {"name": "a"})
    assert answer.status == 201
    assert "id" not in answer.json()


@sentence("Query parameters", "`queryParams` documents only: others arrive, and none is required")
def test_query_parameters_are_not_enforced(place: Place) -> None:
    assert place.call("POST", "/schemas?other=1", {"name": "a"}).json()["queryParams"] == {"other": "1"}


@sentence("Request object", "`pathParams` is a dictionary with the path parameters")
def test_path_params(place: Place) -> None:
    found = echo(place, "/echo/123", {})
    assert (found["pathParams"], found["kinds"]["pathParams"]) == ({"id": "123"}, True)


@sentence("Request object", contract("path parameters are percent-decoded"))
def test_path_params_are_decoded(place: Place) -> None:
    assert echo(place, "/echo/a%20b", {})["pathParams"]["id"] == "a b"


@sentences(
    "Request object",
    "query, params",
    {
        "`queryParams` has the values as text": ("?page=1&limit=10", {"page": "1", "limit": "10"}),
        "the value of a repeated query parameter is a list": ("?x=1&x=2", {"x": ["1", "2"]}),
        "`queryParams` is empty when there is no query": ("", {}),
        contract("a+b and a%20b in a query are a b"): ("?x=a+b&y=a%20b", {"x": "a b", "y": "a b"}),
        contract("a query parameter without a value is empty text"): ("?flag&empty=", {"flag": "", "empty": ""}),
        contract("x[]=1&x[]=2 is a list"): ("?x[]=1&x[]=2", {"x": ["1", "2"]}),
        contract("o[k]=v is a dictionary"): ("?o[k]=v", {"o": {"k": "v"}}),
    },
)
def test_query_params(place: Place, query: str, params: dict[str, Any]) -> None:
    assert echo(place, f"/echo/1{query}", {})["queryParams"] == params


@sentences(
    "Request object",
    "content_type, sent, kind, body",
    {
        "`body` is the parsed JSON: a dictionary": ("application/json", b'{"a": [1]}', "dict", {"a": [1]}),
        contract("a JSON array is a list"): ("application/json; charset=utf-8", b"[1, 2]", "list", [1, 2]),
        contract("JSON by another name is parsed too"): ("application/vnd.api+json", b'{"b": 1}', "dict", {"b": 1}),
        contract("an empty JSON body is an empty dictionary"): ("application/json", b"", "dict", {}),
        contract("a form is a dictionary, nested as qs nests"): (
            "application/x-www-form-urlencoded",
            b"b=2&b=3&c[d]=4&e[]=5",
            "dict",
            {"b": ["2", "3"], "c": {"d": "4"}, "e": ["5"]},
        ),
        contract("plain text is text"): ("text/plain", "grüße".encode(), "str", "grüße"),
        contract("any other body is bytes, and not lost"): (
            "application/octet-stream",
            bytes(range(256)),
            "bytes",
            {"hex": bytes(range(256)).hex()},
        ),
        contract("a multipart body is bytes, and not lost"): (
            "multipart/form-data; boundary=x",
            b"--x\r\n\r\n--x--",
            "bytes",
            {"hex": b"--x\r\n\r\n--x--".hex()},
        ),
    },
)
def test_the_body(place: Place, content_type: str, sent: bytes, kind: str, body: Any) -> None:
    found = echo(place, "/echo/1", sent, {"content-type": content_type})
    assert (found["kind"], found["body"]) == (kind, body)


@sentence("Request object", contract("without a body it is an empty dictionary"))
def test_no_body(place: Place) -> None:
    assert echo(place)["body"] == {}


@sentence("Request object", contract("`rawBody` is the text that was sent"))
def test_the_raw_body(place: Place) -> None:
    sent = b'{ "a" :   [1.0] }'
    assert echo(place, "/echo/1", sent, {"content-type": "application/json"})["rawBody"] == sent.decode()


@sentence(
    "Request object",
    contract("JSON that is gzip is inflated and parsed"),
    absent={"emulator": "The emulator hands gzip under a type of text to the function as damaged text."},
)
def test_a_compressed_body(place: Place) -> None:
    sent = {"content-type": "application/json", "content-encoding": "gzip"}
    assert echo(place, "/echo/1", gzip.compress(json.dumps({"a": 1}).encode()), sent)["body"] == {"a": 1}


@sentence("Request object", contract("bytes that are gzip are inflated"))
def test_compressed_bytes(place: Place) -> None:
    sent = {"content-type": "application/octet-stream", "content-encoding": "gzip"}
    assert echo(place, "/echo/1", gzip.compress(b"abc"), sent)["body"] == {"hex": b"abc".hex()}


@sentence("Request object", contract("malformed JSON is 400, and the handler does not run"))
def test_malformed_json(place: Place) -> None:
    answer = place.call("POST", "/echo/1", b'{"a": ', {"content-type": "application/json"})
    assert answer.status == 400
    assert "JSON" in answer.json()["error"]


@sentence("Request object", "`headers` is a dictionary with the request's headers")
def test_headers(place: Place) -> None:
    found = echo(place, "/echo/1", {}, {"authorization": "Bearer x", "user-agent": "conformance"})
    assert found["kinds"]["headers"]
    assert (found["headers"]["authorization"], found["headers"]["user-agent"]) == ("Bearer x", "conformance")


@sentence("Request object", contract("the names of headers are in lower case"))
def test_header_names(place: Place) -> None:
    assert echo(place, "/echo/1", {}, {"X-My-Header": "Value"})["headers"]["x-my-header"] == "Value"


@sentence("API Step handler", "`req` is a dictionary with body, headers, pathParams and queryParams")
def test_the_request_is_a_dictionary(place: Place) -> None:
    assert {"body", "headers", "pathParams", "queryParams"} <= set(echo(place, "/echo/1", {})["keys"])


@sentence("API Step handler", "the fields of `req` may be read as attributes")
def test_attributes(place: Place) -> None:
    assert echo(place, "/echo/77", {})["attribute"] == "77"


@sentences(
    "API Step handler",
    "asked, expected",
    {
        "`context` has `trace_id`, text": (("trace_id",), "the trace"),
        "`context` has `logger`": (("logger.info", "hello"), None),
        "`context` has `state`": (("state.get", "context", "k"), None),
        "`context` has `streams`": (("streams.chatMessages.get", "context", "k"), None),
        contract("`context` has `flows`, the Step's"): (("flows",), ["reference", "second flow"]),
    },
)
def test_the_context(place: Place, asked: tuple[str, ...], expected: Any) -> None:
    made = calls(place, asked)
    assert made.values == [made.trace if expected == "the trace" else expected]


@sentence("API Step handler", "`context.traceId` is `context.trace_id`")
def test_the_trace_id_in_camel_case(place: Place) -> None:
    made = calls(place, ("traceId",))
    assert made.values == [made.trace]


def _answers(place: Place) -> Answer:
    return place.call(
        "POST", "/answer", {"return": {"status": 201, "body": {"id": 1}, "headers": {"X-Request-ID": "r"}}}
    )


@sentence("API Step handler", "the handler's response is the client's: status, body, headers")
def test_the_response(place: Place) -> None:
    answer = _answers(place)
    assert (answer.status, answer.json(), answer.header("x-request-id")) == (201, {"id": 1}, "r")


@sentence("API Step handler", contract("a handler may be a plain function"))
def test_a_plain_handler(place: Place) -> None:
    assert _answers(place).status == 201
