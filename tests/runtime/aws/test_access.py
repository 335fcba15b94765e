"""Asking another function who may listen."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from motia.aws.access import RemoteAccess, RuleError
from motia.aws.client import AwsClient
from motia.aws.functions import FunctionClient
from motia.aws.threads import Threads
from motia.errors import AwsError, StepLoadError


def access(url: str, environ: dict[str, str], patience_s: float = 20.0) -> RemoteAccess:
    client = AwsClient("lambda", endpoint=url, environ=environ, sleep=lambda _: None, max_attempts=2)
    return RemoteAccess(FunctionClient(client), "rules", Threads(), patience_s)


def authenticate(rules: RemoteAccess) -> Any:
    return asyncio.run(rules.authenticate({"cookie": "a=1"}, "/?authToken=x"))


def may_join(rules: RemoteAccess) -> bool:
    return asyncio.run(rules.may_join("chat", {"groupId": "g", "id": "1"}, {"user": "ann"}))


def answering(serve: Any, answer: Any, value: Any) -> Any:
    return serve(answer(200, json.dumps(value).encode()))


def test_what_a_client_said_goes_there_and_its_auth_context_comes_back(
    serve: Any, answer: Any, environ: dict[str, str]
) -> None:
    server = answering(serve, answer, {"value": {"user": "ann"}})
    assert authenticate(access(server.url, environ)) == {"user": "ann"}
    (sent,) = server.requests
    data = {"headers": {"cookie": "a=1"}, "url": "/?authToken=x"}
    assert json.loads(sent.body) == {"kind": "authenticate", "data": data}


def test_a_stream_is_named_with_the_subscription_and_who_asks(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    server = answering(serve, answer, {"value": True})
    assert may_join(access(server.url, environ)) is True
    data = {"subscription": {"groupId": "g", "id": "1"}, "context": {"user": "ann"}}
    assert json.loads(server.requests[0].body) == {"kind": "access", "stream": "chat", "data": data}


@pytest.mark.parametrize("value", [False, None, 1, "yes", [], {}])
def test_yes_is_true_and_nothing_else(serve: Any, answer: Any, environ: dict[str, str], value: Any) -> None:
    assert may_join(access(answering(serve, answer, {"value": value}).url, environ)) is False


def test_what_an_adapter_keeps_is_told_with_a_time_before_it_was_asked(
    serve: Any, answer: Any, environ: dict[str, str]
) -> None:
    items = [{"id": "1", "text": "one"}]
    server = serve(*(answer(200, json.dumps({"value": value}).encode()) for value in (items, items[0], None)))
    rules, before = access(server.url, environ), time.time() * 1000 - 1
    group, one, none = (asyncio.run(rules.snapshot("chat", "g", id)) for id in (None, "1", "2"))
    assert (group.data, one.data, none.data) == (items, items[0], None)
    assert before < group.timestamp <= one.timestamp <= time.time() * 1000
    asked = [json.loads(request.body) for request in server.requests]
    assert [question["data"] for question in asked] == [
        {"groupId": "g"},
        {"groupId": "g", "id": "1"},
        {"groupId": "g", "id": "2"},
    ]
    assert {(question["kind"], question["stream"]) for question in asked} == {("items", "chat")}


def test_a_group_is_a_list(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    rules = access(answering(serve, answer, {"value": None}).url, environ)
    with pytest.raises(AwsError, match="no answer"):
        asyncio.run(rules.snapshot("chat", "g", None))


def test_what_a_rule_raised_is_raised_with_its_name_and_place(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    error = {"type": "TypeError", "message": "no token", "stack": "at authenticate (motia.config.ts:3:9)"}
    with pytest.raises(RuleError) as raised:
        authenticate(access(answering(serve, answer, {"error": error}).url, environ))
    assert (raised.value.what, raised.value.name, raised.value.stack) == ("no token", "TypeError", error["stack"])


def test_rules_that_cannot_be_loaded_are_another_matter(serve: Any, answer: Any, environ: dict[str, str]) -> None:
    error = {"type": "StepLoadError", "message": "steps/chat.stream.ts: no such package"}
    with pytest.raises(StepLoadError, match="no such package"):
        may_join(access(answering(serve, answer, {"error": error}).url, environ))


@pytest.mark.parametrize("value", [None, True, {}, [], {"value": True, "error": "odd"}, {"errorMessage": "x"}])
def test_an_answer_that_makes_no_sense_is_no_answer(
    serve: Any, answer: Any, environ: dict[str, str], value: Any
) -> None:
    server = answering(serve, answer, value)
    for ask in (authenticate, may_join):
        with pytest.raises(AwsError, match="no answer"):
            ask(access(server.url, environ))


def test_who_does_not_answer_in_time_is_given_up(serve: Any, reply: Any, environ: dict[str, str]) -> None:
    server = serve(reply((), "stall"))
    with pytest.raises(AwsError, match=r"no answer within 0\.05 s"):
        slow = access(server.url, environ, patience_s=0.05)
        asyncio.run(_then(slow.may_join("chat", {"groupId": "g"}, None), server.close))
    server.close()


async def _then(asked: Any, done: Any) -> Any:
    try:
        return await asked
    finally:
        done()


def test_who_cannot_be_reached_is_an_error(environ: dict[str, str]) -> None:
    with pytest.raises(AwsError, match="ConnectionError"):
        authenticate(access("http://127.0.0.1:1", environ))
