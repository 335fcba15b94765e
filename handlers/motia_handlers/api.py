"""Lambda entry point of API Steps: an HTTP API event (payload format 2.0) in, a response out.

A bundle holds one Step, or with `api: router` all of a language. Shapes: Amazon API Gateway developer guide, "Create
AWS Lambda proxy integrations for HTTP APIs".
"""

from __future__ import annotations

import json
from typing import Any

from motia import loop
from motia.descriptor import StepDescriptor
from motia.errors import StepLoadError
from motia.http import HttpRequest, HttpResponse
from motia.ids import new_trace_id
from motia.invoke import invoke_api, log_failure
from motia.paths import WILDCARD, Router
from motia.response import NOT_FOUND, SERVER_ERROR, preflight
from motia_handlers.sandbox import Sandbox, current, report_load_error, warm_up

RESPONSE_BYTES = 6_291_556  # AWS Lambda quotas: synchronous response payload, as its error message gives it
# The gateway answers for its CORS configuration and, on AWS, ignores what the integration says ("Configure CORS for
# HTTP APIs"). An emulator adds its own beside ours, and a browser refuses two.
_OF_THE_GATEWAY = "access-control-allow-origin"
_TEXT = ("text/", "application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded")

_router: tuple[Sandbox, Router[StepDescriptor]] | None = None


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return loop.run(handle(event, current()))


async def handle(event: dict[str, Any], sandbox: Sandbox) -> dict[str, Any]:
    """The response to one request; never raises for what a Step does."""
    request = read_event(event)
    found = _route(event, request, _routes(sandbox))
    if found is None and len(sandbox.descriptor.steps) == 1:
        found = sandbox.descriptor.steps[0], _gateway_parameters(event)
    if found is None:
        return write_response(preflight() if request.method == "OPTIONS" else NOT_FOUND)
    step, params = found
    trace_id = new_trace_id()
    try:
        loaded = sandbox.step(step)
    except StepLoadError as broken:
        report_load_error(step, broken, trace_id)
        return write_response(SERVER_ERROR)
    request = HttpRequest(request.method, request.path, request.query, request.headers, request.body, params)
    descriptor, backend = sandbox.descriptor, sandbox.services.backend
    answer = await invoke_api(
        loaded, request, backend, descriptor.topics, trace_id=trace_id, streams=descriptor.streams
    )
    written = write_response(answer)
    if (size := _size(written)) > RESPONSE_BYTES:
        error = ValueError(
            f"the response has {size} bytes, Lambda takes {RESPONSE_BYTES}; store it and answer with a link"
        )
        log_failure(step, backend, trace_id, "Response too large", error)
        return write_response(SERVER_ERROR)
    return written


def read_event(event: dict[str, Any]) -> HttpRequest:
    """The request in a payload 2.0 event. The gateway has already joined repeated headers, and set cookies apart."""
    http = event["requestContext"]["http"]
    headers = [(name.lower(), value) for name, value in (event.get("headers") or {}).items()]
    if cookies := event.get("cookies"):
        headers = [pair for pair in headers if pair[0] != "cookie"]
        headers.append(("cookie", "; ".join(cookies)))
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        from base64 import b64decode

        payload = b64decode(body)
    else:
        payload = body.encode("utf-8", "surrogatepass")
    path = event.get("rawPath") or http["path"]
    return HttpRequest(http["method"].upper(), path, event.get("rawQueryString") or "", tuple(headers), payload)


def write_response(response: HttpResponse) -> dict[str, Any]:
    """The Lambda form of a response: repeated headers joined, cookies apart, bytes in base64 when they are not text."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in response.headers:
        if name == "set-cookie":
            cookies.append(value)
        elif name != _OF_THE_GATEWAY:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    text = _text(response.body, headers)
    if text is None:
        from base64 import b64encode

        text, encoded = b64encode(response.body).decode("ascii"), True
    else:
        encoded = False
    written = {"statusCode": response.status, "headers": headers, "body": text, "isBase64Encoded": encoded}
    return {**written, "cookies": cookies} if cookies else written


def _text(body: bytes, headers: dict[str, str]) -> str | None:
    """The body as text if it is meant to be, else None."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    textual = kind.startswith(_TEXT) or kind.endswith(("+json", "+xml"))
    if body and (not textual or "content-encoding" in headers):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:  # text in another charset
        return None


def _size(written: dict[str, Any]) -> int:
    """Bytes of the answer as Lambda counts them; exact where it matters, above a third of the limit."""
    if len(written["body"]) < RESPONSE_BYTES // 3:
        return 0
    return len(json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode())


def _routes(sandbox: Sandbox) -> Router[StepDescriptor]:
    global _router
    if _router is None or _router[0] is not sandbox:
        steps = sandbox.descriptor.steps
        _router = sandbox, Router((step.method or "GET", step.path or "/", step) for step in steps)
    return _router[1]


def _route(
    event: dict[str, Any], request: HttpRequest, routes: Router[StepDescriptor]
) -> tuple[StepDescriptor, dict[str, str]] | None:
    """Find the Step by path. A stage other than $default is the path's first segment.

    An HTTP API decodes `rawPath`, all but the escape of the percent sign, so decoding it once more is right.
    """
    stage = event["requestContext"].get("stage") or "$default"
    prefix = f"/{stage}"
    if stage != "$default" and (request.path == prefix or request.path.startswith(f"{prefix}/")):
        found = routes.match(request.method, request.path[len(prefix) :] or "/")
        if found is not None:
            return found
    return routes.match(request.method, request.path)


def _gateway_parameters(event: dict[str, Any]) -> dict[str, str]:
    """The gateway's own path parameters, for a path it decoded into something else (an escaped slash or `?`)."""
    given = event.get("pathParameters") or {}
    return {WILDCARD if name == "proxy" else name: value for name, value in given.items()}


warm_up()
