"""API Steps behind an HTTP API: whole events in, Lambda responses out."""

import asyncio
import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.bundles import FakeServices, event_of, sandbox_of, unpack
from motia.descriptor import StepDescriptor
from motia.http import HttpResponse
from motia_handlers.api import handle, read_event, write_response
from motia_handlers.sandbox import Sandbox, open_sandbox

ECHO = """
async def handler(req, context):
    return {"status": 200, "body": [req["body"], req["pathParams"], req["queryParams"], req["headers"]]}
"""


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def call(sandbox: Sandbox, event: dict[str, Any]) -> dict[str, Any]:
    answer = asyncio.run(handle(event, sandbox))
    json.dumps(answer)
    return answer


def event(method: str, path: str, **changes: Any) -> dict[str, Any]:
    made: Any = copy.deepcopy(event_of("http_api"))
    made["requestContext"]["http"]["method"] = method
    made.update({"rawPath": path, "rawQueryString": "", "cookies": [], "body": None, **changes})
    return made


def test_a_whole_request_arrives(tmp_path: Path, services: FakeServices) -> None:
    sandbox = sandbox_of(tmp_path, ECHO, services, type="api", method="POST", path="/orders/:id/:share")
    answer = call(sandbox, event_of("http_api"))
    body, params, query, headers = json.loads(answer["body"])
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json; charset=utf-8"
    assert body == {"total": 12.5}
    assert params == {"id": "a b", "share": "100%"}
    assert query == {"x": ["1", "2"], "filter": {"name": "a b"}, "empty": ""}
    assert headers["cookie"] == "session=abc; theme=dark"
    assert headers["x-many"] == "1,2"


def test_bytes_go_both_ways_and_a_stage_is_no_part_of_the_path(tmp_path: Path, services: FakeServices) -> None:
    source = """
    async def handler(req, context):
        assert req["pathParams"] == {"0": "2026/picture.bin"}
        return {"status": 201, "body": req["body"][::-1], "headers": {"content-type": "image/x-test"}}
    """
    sandbox = sandbox_of(tmp_path, source, services, type="api", method="PUT", path="/files/*")
    answer = call(sandbox, event_of("http_api_binary"))
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (201, True)
    assert base64.b64decode(answer["body"]) == b"\x80\x10\xff\x00"


def test_several_cookies_and_several_values(tmp_path: Path, services: FakeServices) -> None:
    source = """
    async def handler(req, context):
        return {"status": 200, "headers": {"Set-Cookie": ["a=1; Path=/", "b=2"], "Vary": ["Origin", "Accept"]}}
    """
    sandbox = sandbox_of(tmp_path, source, services, type="api", method="GET", path="/a")
    answer = call(sandbox, event("GET", "/a"))
    assert answer["cookies"] == ["a=1; Path=/", "b=2"]
    assert answer["headers"]["vary"] == "Origin, Accept"
    assert answer["body"] == ""


def test_a_path_the_gateway_has_decoded_beyond_recognition_still_arrives(
    tmp_path: Path, services: FakeServices
) -> None:
    sandbox = sandbox_of(tmp_path, ECHO, services, type="api", method="GET", path="/files/:name")
    answer = call(sandbox, event("GET", "/files/a/b", pathParameters={"name": "a/b"}))
    assert json.loads(answer["body"])[1] == {"name": "a/b"}


def test_each_request_has_a_trace_of_its_own(tmp_path: Path, services: FakeServices) -> None:
    source = "async def handler(req, context): return {'status': 200, 'body': context.trace_id}"
    sandbox = sandbox_of(tmp_path, source, services, type="api", method="GET", path="/a")
    traces = {call(sandbox, event("GET", "/a"))["body"] for _ in range(5)}
    assert len(traces) == 5


def test_malformed_json_is_the_clients_error(tmp_path: Path, services: FakeServices) -> None:
    sandbox = sandbox_of(tmp_path, ECHO, services, type="api", method="POST", path="/a")
    answer = call(sandbox, event("POST", "/a", body='{"a": '))
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["error"] == "Malformed JSON body"


@pytest.mark.parametrize("body", ["raise RuntimeError('a secret')", "import sys; sys.exit(1)", "return None"])
def test_a_failing_handler_is_a_500_without_the_reason(tmp_path: Path, services: FakeServices, body: str) -> None:
    source = f"async def handler(req, context):\n    {body}"
    sandbox = sandbox_of(tmp_path, source, services, type="api", method="GET", path="/a")
    answer = call(sandbox, event("GET", "/a"))
    assert (answer["statusCode"], answer["body"]) == (500, '{"error":"Internal server error"}')
    assert services.backend.logs.records[0]["level"] == "error"


def test_a_step_that_cannot_be_imported_says_so_at_every_request_until_it_can(
    tmp_path: Path, services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = sandbox_of(tmp_path, "import nothing_of_the_sort", services, type="api", method="GET", path="/a")
    answer = call(sandbox, event("GET", "/a"))
    assert (answer["statusCode"], answer["body"]) == (500, '{"error":"Internal server error"}')
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(records) == 2, "one while the sandbox opens, one for the request"
    for record in records:
        assert (record["level"], record["step"]) == ("error", "Work")
        assert "no module named 'nothing_of_the_sort'" in record["msg"]
        assert "steps/work_step.py" in record["error"]["stack"]
    (tmp_path / "nothing_of_the_sort.py").write_text("")
    (tmp_path / "steps/work_step.py").write_text(ECHO)
    assert call(sandbox, event("GET", "/a"))["statusCode"] == 200


def test_a_response_too_large_for_lambda_is_said_to_be(tmp_path: Path, services: FakeServices) -> None:
    source = "async def handler(req, context): return {'status': 200, 'body': 'x' * int(req.queryParams['n'])}"
    sandbox = sandbox_of(tmp_path, source, services, type="api", method="GET", path="/a")
    assert call(sandbox, event("GET", "/a", rawQueryString="n=5000000"))["statusCode"] == 200
    answer = call(sandbox, event("GET", "/a", rawQueryString="n=6300000"))
    assert answer["statusCode"] == 500
    assert services.backend.logs.records[0]["msg"] == "Response too large"


def router_of(tmp_path: Path, services: FakeServices) -> Sandbox:
    routes = {"get": ("GET", "/a/:id"), "static": ("GET", "/a/b"), "post": ("POST", "/a/:id"), "rest": ("GET", "/*")}
    steps = [
        StepDescriptor(id=name, name=name, type="api", file=f"steps/{name}_step.py", method=method, path=path)
        for name, (method, path) in routes.items()
    ]
    source = "async def handler(req, context): return {'status': 200, 'body': ['NAME', req['pathParams']]}"
    unpack(tmp_path, {step.file: source.replace("NAME", step.name) for step in steps}, *steps)
    return open_sandbox(tmp_path, services)


@pytest.mark.parametrize(
    ("method", "path", "answered"),
    [
        ("GET", "/a/b", ["static", {}]),
        ("GET", "/a/c", ["get", {"id": "c"}]),
        ("POST", "/a/b", ["post", {"id": "b"}]),
        ("GET", "/x/y", ["rest", {"0": "x/y"}]),
    ],
)
def test_a_router_holds_several_steps(
    tmp_path: Path, services: FakeServices, method: str, path: str, answered: list[Any]
) -> None:
    assert json.loads(call(router_of(tmp_path, services), event(method, path))["body"]) == answered


def test_a_router_answers_what_it_does_not_know(tmp_path: Path, services: FakeServices) -> None:
    sandbox = router_of(tmp_path, services)
    unknown = call(sandbox, event("DELETE", "/a/b"))
    assert (unknown["statusCode"], unknown["body"]) == (404, '{"message":"Not Found"}')
    preflight = call(sandbox, event("OPTIONS", "/a/b"))
    assert (preflight["statusCode"], preflight["headers"]["access-control-allow-methods"]) == (204, "*")
    head = call(sandbox, event("HEAD", "/a/b"))
    assert (head["statusCode"], head["body"]) == (200, "")


def test_the_allowed_origin_is_left_to_the_gateway(tmp_path: Path, services: FakeServices) -> None:
    source = """
    async def handler(req, context):
        return {"status": 200, "body": {}, "headers": {"Access-Control-Allow-Origin": "https://a.example"}}
    """
    answer = call(sandbox_of(tmp_path, source, services, type="api", method="GET", path="/a"), event("GET", "/a"))
    assert (answer["statusCode"], answer["body"]) == (200, "{}")
    assert "access-control-allow-origin" not in answer["headers"]


@given(st.binary())
def test_any_body_comes_through_the_lambda_form(payload: bytes) -> None:
    made = event("POST", "/a", body=base64.b64encode(payload).decode(), isBase64Encoded=True)
    assert read_event(made).body == payload
    for kind in ("application/octet-stream", "text/plain; charset=utf-8", "application/json"):
        written = write_response(HttpResponse(200, (("content-type", kind),), payload))
        text = written["body"]
        assert (base64.b64decode(text) if written["isBase64Encoded"] else text.encode()) == payload


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_through_as_text(text: str) -> None:
    assert read_event(event("POST", "/a", body=text)).body == text.encode()
    written = write_response(HttpResponse(200, (("content-type", "text/html; charset=utf-8"),), text.encode()))
    assert (written["body"], written["isBase64Encoded"]) == (text, False)


def test_compressed_text_is_bytes() -> None:
    headers = (("content-type", "text/plain"), ("content-encoding", "gzip"))
    assert write_response(HttpResponse(200, headers, b"not really"))["isBase64Encoded"] is True
