"""One request to one Step, from the bytes of the client to the bytes of the answer."""

import asyncio
import time
from typing import Any

import pytest

from motia.http import HttpRequest
from running import App, header, json_of, post

ECHO = """
    async def handler(req, context):
        parts = [req[part] for part in ("body", "headers", "pathParams", "queryParams", "rawBody")]
        return {"status": 200, "body": parts}
"""
FAILED = {"error": "Internal server error"}


def test_a_request_arrives_as_a_dict(app: App) -> None:
    request = HttpRequest(
        "POST",
        "/hello/a%20b",
        "x=1&x=2&y=a+b",
        (("content-type", "application/json"), ("X-A", "1"), ("x-a", "2"), ("cookie", "a=1"), ("cookie", "b=2")),
        b'{"n": 1}',
        {"id": "a b"},
    )
    assert json_of(app.api(ECHO, request)) == [
        {"n": 1},
        {"content-type": "application/json", "x-a": "1, 2", "cookie": "a=1; b=2"},
        {"id": "a b"},
        {"x": ["1", "2"], "y": "a b"},
        '{"n": 1}',
    ]


def test_a_request_without_anything_has_empty_parts(app: App) -> None:
    assert json_of(app.api(ECHO, HttpRequest("GET", "/hello"))) == [{}, {}, {}, {}, ""]


def test_attributes_work_as_well(app: App) -> None:
    source = """
        async def handler(req, context):
            req.user = "ada"
            found = [req.body, req.path_params, req["user"], req.get("user"), hasattr(req, "nothing")]
            return {"status": 200, "body": [*found, list(req)]}
    """
    assert json_of(app.api(source, post({"a": 1}))) == [
        {"a": 1}, {}, "ada", "ada", False, ["body", "headers", "pathParams", "queryParams", "rawBody", "user"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "handler",
    [
        'async def handler(req, context): return {"status": 200, "body": 1}',
        'def handler(req, context): return {"status": 200, "body": 1}',
        'async def handler(req): return {"status": 200, "body": 1}',
        'def handler(): return {"status": 200, "body": 1}',
        'async def handler(context): return {"status": 200, "body": len(context.trace_id) - 12}',
        'async def handler(req, context, extra=None, *, more=1): return {"status": 200, "body": 1}',
        'async def handler(*args): return {"status": 200, "body": len(args) - 1}',
        'handler = lambda req, context: {"status": 200, "body": 1}',
        'async def work(n): return {"status": 200, "body": n}\nhandler = lambda req, context: work(1)',
        'import functools\nasync def work(n, req, context): return {"status": 200, "body": n}\n'
        "handler = functools.partial(work, 1)",
        'class H:\n    async def __call__(self, req, context): return {"status": 200, "body": 1}\nhandler = H()',
    ],
)
def test_a_handler_may_be_any_callable(app: App, handler: str) -> None:
    assert json_of(app.api(handler)) == 1, app.logs("error")


@pytest.mark.parametrize(
    ("body", "name", "message"),
    [
        ('raise RuntimeError("a secret")', "RuntimeError", "a secret"),
        ("import sys; sys.exit(3)", "HandlerExit", "the handler called sys.exit(3)"),
        ("raise StopIteration", None, ""),
        ("raise KeyboardInterrupt", "HandlerExit", "the handler raised KeyboardInterrupt"),
        ("raise BaseException('odd')", "HandlerExit", "the handler raised BaseException: odd"),
        ("return None", "ResponseError", "the handler returned nothing"),
        ("return (200, {})", "ResponseError", "a tuple"),
        ('return {"status": 200, "body": float("nan")}', "ResponseError", "body is not JSON: nan"),
        ('return {"status": 200, "body": {"a": 1}["b"]}', "KeyError", "'b'"),
    ],
)
@pytest.mark.parametrize("kind", ["async def", "def"])
def test_a_failing_handler_is_a_500_and_an_error_record(
    app: App, kind: str, body: str, name: str | None, message: str
) -> None:
    response = app.api(f"{kind} handler(req, context):\n    {body}")
    assert (response.status, json_of(response)) == (500, FAILED)
    assert header(response, "access-control-allow-origin") == "*"
    record = app.logs("error")[0]
    assert record["msg"] == "[API] Internal server error"
    assert (record["step"], record["traceId"]) == ("Hello", "TRACE-0000001")
    assert message in record["error"]["message"]
    if name:
        assert record["error"]["name"] == name
        assert "runtime/motia" not in record["error"]["stack"]
    if name in ("RuntimeError", "KeyError"):
        assert "steps/hello_step.py" in record["error"]["stack"]


def test_what_cannot_be_read_never_reaches_the_handler(app: App) -> None:
    source = "async def handler(req, context): raise RuntimeError"
    response = app.api(source, post(b'{"a": '))
    assert response.status == 400
    assert json_of(response)["error"] == "Malformed JSON body"
    assert header(response, "access-control-allow-origin") == "*"
    assert app.backend.logs.records == []


def test_head_is_answered_without_a_body(app: App) -> None:
    response = app.api(ECHO, HttpRequest("HEAD", "/hello"))
    assert (response.status, response.body) == (200, b"")
    assert int(header(response, "content-length") or 0) > 0


def test_the_context_has_everything(app: App) -> None:
    app.streams = ("chat",)
    source = """
        async def handler(req, context):
            await context.state.set("g", "k", 1)
            await context.streams.chat.set("g", "1", {"a": 1})
            context.logger.info("hello", {"n": 1})
            return {"status": 200, "body": [context.trace_id, context.traceId, context.flows]}
    """
    assert json_of(app.api(source, flows=("f",))) == ["TRACE-0000001", "TRACE-0000001", ["f"]]
    assert app.backend.state.groups == {"g": {"k": 1}}
    assert app.backend.logs.records[0]["flows"] == ["f"]
    assert [event["type"] for event in app.backend.trace.events] == ["state", "stream", "log"]


@pytest.mark.parametrize("kind", ["async def", "def"])
def test_calls_that_are_not_awaited_are_made(app: App, kind: str) -> None:
    source = f"""
        {kind} handler(req, context):
            context.state.set("g", "k", 1)
            context.emit({{"topic": "undeclared"}})
            return {{"status": 200, "body": 1}}
    """
    assert app.api(source).status == 200
    assert app.backend.state.groups == {"g": {"k": 1}}
    record = app.logs("error")[0]
    assert record["msg"] == "context.emit was not awaited and failed"
    assert record["error"]["name"] == "EmitError"


def test_calls_that_are_not_awaited_are_made_even_when_the_handler_fails(app: App) -> None:
    source = """
        async def handler(req, context):
            context.state.set("g", "k", 1)
            raise RuntimeError
    """
    assert app.api(source).status == 500
    assert app.backend.state.groups == {"g": {"k": 1}}


def test_a_sync_handler_may_wait_for_a_call(app: App) -> None:
    source = """
        import asyncio

        def handler(req, context):
            asyncio.run(context.state.set("g", "k", 5))
            return {"status": 200, "body": asyncio.run(context.state.get("g", "k"))}
    """
    assert json_of(app.api(source)) == 5


def test_sync_handlers_do_not_hold_up_each_other(app: App) -> None:
    app.write("src/meeting.py", "import threading\nbarrier = threading.Barrier(3, timeout=20)")
    source = """
        from src.meeting import barrier

        def handler(req, context):
            barrier.wait()
            return {"status": 200, "body": 1}
    """
    step = app.step(source)

    async def main() -> list[Any]:
        return await asyncio.gather(*(app.call(step, post({})) for _ in range(3)))

    assert [response.status for response in asyncio.run(main())] == [200, 200, 200]


def test_a_cancelled_request_is_cancelled_not_answered(app: App) -> None:
    step = app.step("import asyncio\nasync def handler(req, context): await asyncio.Event().wait()")

    async def main() -> None:
        await asyncio.wait_for(app.call(step, post({})), 0.05)

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert time.monotonic() - started < 5
    assert app.logs("error") == []


def test_a_task_that_the_handler_cancelled_is_its_own_failure(app: App) -> None:
    source = """
        import asyncio

        async def handler(req, context):
            task = asyncio.create_task(asyncio.Event().wait())
            task.cancel()
            await task
    """
    assert app.api(source).status == 500
    assert app.logs("error")[0]["error"]["message"].startswith("the handler awaited a task that was cancelled")
