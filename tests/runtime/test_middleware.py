"""Middleware runs around the handler, sees the same request, and decides whether the handler runs."""

import pytest

from running import App, json_of, post

HANDLER = """
async def handler(req, context):
    return {"status": 200, "body": {"seen": req.get("seen"), "user": getattr(context, "user", None)}}
"""


def run(app: App, source: str, layers: str):
    whole = f"{source}\n{HANDLER}\nconfig = {{'middleware': [{layers}]}}"
    response = app.api(whole, post({}), file=f"steps/{len(layers)}_step.py")  # a file for each variant
    return response.status, json_of(response)


@pytest.mark.parametrize("kind", ["types.MappingProxyType", "collections.UserDict", "collections.ChainMap"])
def test_layers_run_whatever_mapping_the_configuration_is(app: App, kind: str) -> None:
    source = f"""
import collections, types
async def deny(req, context, next_fn):
    return {{"status": 401}}
{HANDLER}
config = {kind}({{"middleware": [deny]}})
"""
    assert app.api(source, file=f"steps/{kind.partition('.')[2].lower()}_step.py").status == 401


def test_layers_run_in_order_before_and_after(app: App) -> None:
    source = """
def layer(name):
    async def run(req, context, next_fn):
        req.setdefault("seen", []).append(name)
        response = await next_fn()
        response["body"]["after"] = response["body"].get("after", []) + [name]
        return response
    return run
"""
    assert run(app, source, "layer('a'), layer('b')") == (
        200,
        {"seen": ["a", "b"], "user": None, "after": ["b", "a"]},
    )


def test_a_layer_may_answer_itself(app: App) -> None:
    source = """
async def outer(req, context, next_fn):
    response = await next_fn()
    return {**response, "status": response["status"] + 1}
async def stop(req, context, next_fn):
    return {"status": 401, "body": {"error": "Unauthorized"}}
async def never(req, context, next_fn):
    raise RuntimeError
"""
    assert run(app, source, "outer, stop, never") == (402, {"error": "Unauthorized"})


def test_a_replaced_request_reaches_everything_after(app: App) -> None:
    source = """
async def replace(req, context, next_fn):
    return await next_fn({**req, "seen": "replaced"})
async def check(req, context, next_fn):
    assert req.seen == "replaced"
    return await next_fn()
"""
    assert run(app, source, "replace, check") == (200, {"seen": "replaced", "user": None})
    assert run(app, source, "replace")[1]["seen"] == "replaced"


def test_the_context_carries_what_a_layer_adds(app: App) -> None:
    source = """
async def user(req, context, next_fn):
    context.user = "ada"
    return await next_fn()
"""
    assert run(app, source, "user")[1]["user"] == "ada"


def test_a_sync_layer_hands_on_what_next_gives(app: App) -> None:
    source = """
def first(req, context, next_fn):
    req["seen"] = 1
    return next_fn()
def stop(req, context, next_fn):
    return {"status": 403, "body": {}}
"""
    assert run(app, source, "first") == (200, {"seen": 1, "user": None})
    assert run(app, source, "first, stop") == (403, {})


def test_a_layer_may_catch_what_the_handler_raises(app: App) -> None:
    source = """
async def failing(req, context, next_fn):
    raise LookupError("x")
async def guard(req, context, next_fn):
    try:
        return await next_fn()
    except LookupError as error:
        return {"status": 404, "body": {"error": str(error)}}
"""
    assert run(app, source, "guard, failing") == (404, {"error": "x"})


def test_a_layer_may_try_again(app: App) -> None:
    source = """
async def twice(req, context, next_fn):
    await next_fn()
    return await next_fn()
async def count(req, context, next_fn):
    req["seen"] = req.get("seen", 0) + 1
    return await next_fn()
"""
    assert run(app, source, "twice, count")[1]["seen"] == 2


@pytest.mark.parametrize("layer", ["async def forgets(req, context, next_fn):\n    await next_fn()"])
def test_a_layer_that_returns_nothing_is_told_how(app: App, layer: str) -> None:
    assert run(app, layer, "forgets")[0] == 500
    message = app.logs("error")[0]["error"]["message"]
    assert "the middleware 'forgets' returned nothing" in message
    assert "return await next_fn()" in message
