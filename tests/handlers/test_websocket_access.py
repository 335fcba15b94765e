"""The WebSocket API of a project whose rules for streams are TypeScript: another function answers for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_functions import FakeFunctions, fake_functions
from fake_sockets import FakeSockets
from handlers.websocket_api import Api, backend, bundle
from motia.descriptor import FILE_NAME, BundleDescriptor, RemoteRules
from motia_handlers.hall import open_hall

ACCESS = "shop_dev_v1_access_node"
DENIED = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}
NEWS = """
def canAccess(subscription, auth_context):
    return subscription["groupId"] != "secret" or auth_context == {"user": "ann"}

config = {"name": "news", "schema": None, "canAccess": canAccess}
"""


def rules(question: dict[str, Any]) -> dict[str, Any]:
    """What the other function does: people are their tokens; those of `secret` are ann alone."""
    data = question["data"]
    if question["kind"] == "authenticate":
        token = data["url"].partition("?authToken=")[2]
        if token == "stolen":
            stack = "TypeError: nobody has it\n    at authenticate (motia.config.ts:5:11)"
            return {"error": {"type": "TypeError", "message": "nobody has it", "stack": stack}}
        return {"value": {"user": token} if token else None}
    if data["subscription"]["groupId"] == "broken":
        return {"error": {"type": "RangeError", "message": "canAccess itself"}}
    return {"value": data["subscription"]["groupId"] != "secret" or data["context"] == {"user": "ann"}}


@pytest.fixture
def functions() -> Iterator[FakeFunctions]:
    with fake_functions() as fake:
        fake.functions[ACCESS] = rules
        yield fake


@pytest.fixture
def api(moto_url: str, sockets: FakeSockets, functions: FakeFunctions, tmp_path: Path) -> Api:
    """`chat` and the stream auth are TypeScript, `news` is Python."""
    root = bundle(
        tmp_path,
        {"steps/news_stream.py": NEWS},
        {"news": "steps/news_stream.py"},
        RemoteRules(guards=("chat",), auth=True),
    )
    where = {"AWS_ENDPOINT_URL_LAMBDA": functions.url, "MOTIA_ACCESS_FUNCTION": ACCESS}
    return Api(open_hall(root, backend(moto_url, sockets, **where)), sockets)


@pytest.mark.parametrize("stream", ["chat", "news"])
@pytest.mark.parametrize(
    ("token", "group", "allowed"), [("ann", "secret", True), ("ben", "secret", False), (None, "lobby", True)]
)
def test_rules_of_both_languages_decide_with_what_authenticate_returned(
    api: Api, stream: str, token: str | None, group: str, allowed: bool
) -> None:
    assert api.connect("c1=", token) == {"statusCode": 200}
    api.join("c1=", stream, group)
    (told,) = api.told("c1=")
    assert told["event"]["type"] == ("sync" if allowed else "event")
    if not allowed:
        assert told["event"]["event"]["data"] == DENIED


def test_only_what_is_written_in_the_other_language_is_asked_there(api: Api, functions: FakeFunctions) -> None:
    api.connect("c1=", "ann")
    api.join("c1=", "news", "today")
    api.join("c1=", "chat", "lobby", "m1")
    data = {"subscription": {"groupId": "lobby", "id": "m1"}, "context": {"user": "ann"}}
    assert [question["kind"] for _, question in functions.asked] == ["authenticate", "access"]
    assert functions.asked[1] == (ACCESS, {"kind": "access", "stream": "chat", "data": data})


def test_who_is_refused_gets_a_401_and_the_log_says_where(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    assert api.connect("c1=", "stolen") == {"statusCode": 401}
    record = json.loads(capsys.readouterr().out)
    assert (record["level"], record["msg"]) == ("info", "[streams] a client was refused")
    assert (record["error"]["name"], record["error"]["message"]) == ("TypeError", "nobody has it")
    assert "motia.config.ts:5:11" in record["error"]["stack"]
    api.join("c1=", "chat", "lobby")
    assert api.told("c1=") == []


def test_a_rule_that_raises_denies(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.connect("c1=", "ann")
    api.join("c1=", "chat", "broken")
    assert api.told("c1=")[0]["event"]["event"]["data"] == DENIED
    record = json.loads(capsys.readouterr().out)
    assert record["msg"] == "[streams] canAccess failed, access denied"
    assert (record["error"]["name"], record["stream"], record["groupId"]) == ("RangeError", "chat", "broken")


def failed(question: Any) -> Any:
    raise MemoryError("out of it")


@pytest.mark.parametrize("wrong", [failed, lambda question: None, lambda question: True, lambda question: {}])
def test_a_function_that_fails_or_talks_nonsense_opens_nothing(
    api: Api, functions: FakeFunctions, wrong: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.connect("c1=", "ann")
    functions.functions[ACCESS] = wrong
    api.join("c1=", "chat", "lobby")
    assert api.told("c1=")[0]["event"]["event"]["data"] == DENIED
    capsys.readouterr()
    assert api.connect("c2=", "ann") == {"statusCode": 503}
    reason = "MemoryError: out of it" if wrong is failed else "is no answer"
    assert reason in json.loads(capsys.readouterr().out)["error"]["message"]


def test_rules_that_cannot_be_loaded_let_nobody_in(api: Api, functions: FakeFunctions) -> None:
    broken = {"error": {"type": "StepLoadError", "message": "motia.config.ts cannot be imported"}}
    functions.functions[ACCESS] = lambda question: broken
    assert api.connect("c1=", "ann") == {"statusCode": 503}
    functions.functions[ACCESS] = rules
    assert api.connect("c1=", "ann") == {"statusCode": 200}
    functions.functions[ACCESS] = lambda question: broken
    api.join("c1=", "chat", "lobby")
    assert api.told("c1=")[0]["event"]["event"]["data"] == DENIED


def test_without_its_function_nobody_is_let_in(moto_url: str, sockets: FakeSockets, tmp_path: Path) -> None:
    root = bundle(tmp_path, {}, {}, RemoteRules(guards=("chat",), auth=False))
    api = Api(open_hall(root, backend(moto_url, sockets)), sockets)
    assert api.connect("c1=") == {"statusCode": 200}  # anybody may connect, nobody may join
    api.join("c1=", "chat", "lobby")
    assert api.told("c1=")[0]["event"]["event"]["data"] == DENIED
    (tmp_path / FILE_NAME).write_text(BundleDescriptor((), {}, ("chat",), remote=RemoteRules(auth=True)).to_json())
    assert Api(open_hall(tmp_path, backend(moto_url, sockets)), sockets).connect("c1=") == {"statusCode": 503}


def test_items_of_an_adapter_are_asked_for_there(
    moto_url: str, sockets: FakeSockets, functions: FakeFunctions, tmp_path: Path
) -> None:
    items = [{"id": str(number), "text": "kept elsewhere"} for number in range(3)]
    functions.functions[ACCESS] = lambda question: {"value": items[0] if "id" in question["data"] else items}
    where = {"AWS_ENDPOINT_URL_LAMBDA": functions.url, "MOTIA_ACCESS_FUNCTION": ACCESS}
    root = bundle(tmp_path, {}, {}, RemoteRules(items=True))
    api = Api(open_hall(root, backend(moto_url, sockets, **where)), sockets)
    api.connect("c1=")
    api.join("c1=", "chat", "lobby")
    api.join("c1=", "chat", "lobby", "0", key="s2")
    assert [told["event"] for told in api.told("c1=")] == [
        {"type": "sync", "data": items},
        {"type": "sync", "data": items[0]},
    ]
    functions.functions[ACCESS] = failed
    api.join("c1=", "chat", "attic", key="s3")
    assert api.told("c1=")[2]["event"]["event"]["data"]["code"] == "STREAM_UNAVAILABLE"
