"""Who is let in, and who may join what."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from localstack.streams.conftest import Live, Socket
from waiting import eventually

DENIED = {"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}
GUARDED = """
    async def can_access(subscription, auth_context):
        return subscription["groupId"] == "open" or auth_context == {"user": subscription.groupId}

    config = {"name": "guarded", "canAccess": can_access}
"""
AUTH = """
    async def authenticate(request):
        token = request["url"].partition("authToken=")[2] or request.headers.get("sec-websocket-protocol", "")
        if not token:
            raise PermissionError("no token")
        return {"user": token.rpartition(",")[2].strip()}

    config = {"streamAuth": {"authenticate": authenticate, "contextSchema": {"type": "object"}}}
"""


def outcome(socket: Socket, *place: str) -> Any:
    """The answer to a join: "sync", or the error."""
    socket.join(*place)
    event = socket.event()
    return "sync" if event["type"] == "sync" else event["event"]["data"]


def refusal(site: Live, path: str = "/", **options: Any) -> tuple[int, str]:
    """Status and body of a refused upgrade."""
    with pytest.raises(InvalidStatus) as refused:
        site.open(path, **options)
    response = refused.value.response
    return response.status_code, bytes(response.body or b"").decode()


def test_can_access_decides_by_group_and_by_who_one_is(site: Live) -> None:
    site.write("steps/guarded_stream.py", GUARDED)
    site.write("motia_config.py", AUTH)
    site.start()
    socket = site.open("/?authToken=ada")
    assert outcome(socket, "guarded", "ada") == "sync"
    assert outcome(socket, "guarded", "bob") == DENIED
    assert outcome(socket, "guarded", "open") == "sync"
    assert outcome(socket, "chat", "any") == "sync"


def test_who_is_denied_is_told_so_and_nothing_else(site: Live) -> None:
    site.write("steps/guarded_stream.py", GUARDED)
    site.start()
    site.do("set", "bob", "1", {"secret": True}, stream="guarded")
    socket = site.open()
    socket.join("guarded", "bob", "1")
    denied = socket.next()
    assert (denied["streamName"], denied["groupId"], denied["id"]) == ("guarded", "bob", "1")
    assert denied["event"] == {"type": "event", "event": {"type": "error", "data": DENIED}}
    site.do("set", "bob", "1", {"secret": True}, stream="guarded")
    assert socket.all() == []


@pytest.mark.parametrize(
    "guard",
    [
        "def guard(subscription, auth_context): return {}",
        "async def guard(subscription): return subscription.get('id') is not None",
        "def guard(): return False",
        "async def guard(subscription, auth_context): raise ValueError('broken')",
        "def guard(subscription, auth_context): raise SystemExit(3)",
        "import os\ndef guard(subscription, auth_context): os._exit(3)",
        "guard = lambda subscription, auth_context: auth_context['user'] == 'ada'",
        "class Guard:\n    async def __call__(self, subscription, auth_context): return False\nguard = Guard()",
    ],
)
def test_a_stream_whose_can_access_does_not_say_yes_is_closed(site: Live, guard: str) -> None:
    site.write("steps/closed_stream.py", f"{guard}\nconfig = {{'name': 'closed', 'canAccess': guard}}\n")
    site.start()
    socket = site.open()
    assert outcome(socket, "closed", "g") == DENIED
    assert outcome(socket, "chat", "g") == "sync"


@pytest.mark.parametrize("place", ["config['canAccess']", "config['can_access']", "canAccess", "can_access"])
def test_can_access_is_found_in_the_config_and_beside_it(site: Live, place: str) -> None:
    site.write(
        "steps/half_stream.py",
        f"config = {{'name': 'half'}}\n{place} = lambda subscription, context: subscription.groupId == 'mine'\n",
    )
    site.start()
    socket = site.open()
    assert outcome(socket, "half", "mine") == "sync"
    assert outcome(socket, "half", "yours") == DENIED


def test_a_can_access_that_never_answers_keeps_nobody_else_waiting(site: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia_local.server.websocket.access.LIMIT_S", 1.0)
    site.write(
        "steps/slow_stream.py",
        """
        import asyncio

        async def canAccess(subscription, auth_context):
            await asyncio.sleep(60)

        config = {"name": "slow", "canAccess": canAccess}
        """,
    )
    site.start()
    slow, quick = site.open(), site.open()
    slow.join("slow", "g")
    assert outcome(quick, "chat", "g") == "sync"
    assert slow.error() == DENIED


def test_a_failing_can_access_is_logged_with_its_place(site: Live) -> None:
    site.write("steps/guarded_stream.py", "config = {'name': 'guarded', 'canAccess': lambda s, a: 1 / 0}")
    site.start()
    assert outcome(site.open(), "guarded", "g") == DENIED
    records = site.live.engine.records
    [record] = eventually(lambda: site.live.run(records.logs(step="guarded", level="error")).records)
    assert record["error"]["name"] == "ZeroDivisionError"
    assert "guarded_stream.py" in record["error"]["stack"]


def test_without_a_token_nobody_is_let_in(
    site: Live, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("motia_config.py", AUTH)
    site.start()
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "handlers", [caplog.handler])
    assert refusal(site) == (401, "Authentication failed")
    assert site.open("/?authToken=ada")
    assert site.open(subprotocols=["Authorization", "ada"]).raw.subprotocol == "Authorization"
    assert caplog.records == []  # to be refused is no failure of the server


@pytest.mark.parametrize(
    "source",
    [
        "stream_auth = {'authenticate': lambda request: request.headers['x-user']}",
        "streamAuth = {'authenticate': lambda request: request['headers']['x-user']}",
        "config = {'stream_auth': {'authenticate': lambda request: request['headers']['x-user']}}",
    ],
)
def test_the_auth_may_stand_in_several_places(site: Live, source: str) -> None:
    site.write("motia_config.py", source)
    site.start()
    assert refusal(site)[0] == 401
    assert site.open(additional_headers={"X-User": "ada"})


@pytest.mark.parametrize("body", ["import os; os._exit(3)", "raise SystemExit(1)", "return object()", "1 / 0"])
def test_an_authenticate_that_ends_badly_lets_nobody_in(site: Live, body: str) -> None:
    site.write(
        "motia_config.py", f"def authenticate(request):\n    {body}\n\nstream_auth = {{'authenticate': authenticate}}\n"
    )
    site.start()
    assert refusal(site) == (401, "Authentication failed")
    assert site.do("getGroup", "g") == []


def test_a_config_without_auth_lets_everybody_in(site: Live) -> None:
    site.write("motia_config.py", "config = {}")
    site.start()
    assert outcome(site.open(), "chat", "g") == "sync"


@pytest.mark.parametrize(
    "source", ["1 / 0", "def (", "config = {'streamAuth': {}}", "config = {'streamauth': 1}", "config = 3"]
)
def test_a_config_that_cannot_be_loaded_lets_nobody_in(site: Live, source: str) -> None:
    site.write("motia_config.py", source)
    site.start()
    assert refusal(site)[0] == 503
    site.write("motia_config.py", AUTH)
    site.live.reload()
    assert site.open("/?authToken=ada")
    site.write("motia_config.py", source)
    site.live.reload()
    assert refusal(site) == (401, "Authentication failed")  # the one before it still decides
    assert outcome(site.open("/?authToken=ada"), "chat", "g") == "sync"


def test_when_the_rules_may_have_changed_everybody_is_asked_again(site: Live) -> None:
    site.write("steps/guarded_stream.py", GUARDED)
    site.start()
    socket = site.open()
    assert outcome(socket, "guarded", "open") == "sync"
    site.write("steps/guarded_stream.py", "config = {'name': 'guarded', 'canAccess': lambda subscription: False}")
    site.live.reload()
    with pytest.raises(ConnectionClosed):
        socket.next()
    assert socket.raw.close_code == 1012
    assert outcome(site.open(), "guarded", "open") == DENIED


def test_without_rules_a_reload_disturbs_nobody_but_who_follows_a_stream_that_is_gone(site: Live) -> None:
    site.write("steps/other_stream.py", "config = {'name': 'other'}")
    site.start()
    socket = site.open()
    assert outcome(socket, "other", "g") == outcome(socket, "chat", "g") == "sync"
    (site.root / "steps/other_stream.py").unlink()
    site.live.reload()
    assert socket.error() == {"code": "STREAM_ACCESS_DENIED", "message": "Stream other not found"}
    site.do("set", "g", "1", {})
    assert socket.event()["type"] == "create"


@pytest.mark.parametrize(
    "source", ["config = {'name': 'x', 'canAccess': True}", "config = {'name': 'x'}\ncanAccess = 'no'"]
)
def test_a_can_access_that_is_no_function_is_a_problem_and_the_stream_is_not_there(site: Live, source: str) -> None:
    site.write("steps/x_stream.py", source)
    site.start()
    view = site.live.server.view
    assert view is not None
    [problem] = [problem for problem in view.problems if problem.file == "steps/x_stream.py"]
    assert problem.key == "canAccess"
    assert outcome(site.open(), "x", "g")["message"] == "Stream x not found"
