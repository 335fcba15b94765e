"""The clients that are published on npm, against a running server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import node_packages
from localstack.streams.clients import Client
from localstack.streams.conftest import Live
from localstack.streams.test_access import AUTH, GUARDED
from waiting import eventually

PACKAGES = ("@motiadev/stream-client-node", "@motiadev/stream-client-browser", "stream-client-browser-next")
Connect = Callable[..., Client]


@pytest.fixture(params=PACKAGES)
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Start a client and connect it to a site. options: of the command `connect`."""
    folder = node_packages.install()
    clients: list[Client] = []

    def start(site: Live, path: str = "/", **options: Any) -> Client:
        client = Client(folder, request.param)
        clients.append(client)
        client.do("connect", address=f"ws://localhost:{site.live.server.port}{path}", **options)
        return client

    yield start
    for client in clients:
        client.stop()


def test_a_group_is_followed_from_its_first_state_through_every_change(live: Live, connect: Connect) -> None:
    live.do("set", "room", "1", {"text": "one"})
    client = connect(live)
    client.group("room", "chat", "room")
    client.until("room", [{"id": "1", "text": "one"}])
    live.do("set", "room", "2", {"text": "two"})
    client.until("room", [{"id": "1", "text": "one"}, {"id": "2", "text": "two"}])
    live.do("set", "room", "1", {"text": "uno"})
    client.until("room", [{"id": "1", "text": "uno"}, {"id": "2", "text": "two"}])
    live.do("delete", "room", "1")
    live.do("delete", "room", "none")
    live.do("set", "elsewhere", "3", {"text": "no"})
    client.until("room", [{"id": "2", "text": "two"}])
    assert len(client.states("room")) == 4


def test_an_item_is_followed_from_before_it_is_there_until_it_is_gone(live: Live, connect: Connect) -> None:
    client = connect(live)
    client.item("one", "chat", "room", "1")
    eventually(lambda: live.members() == 1)
    live.do("set", "room", "1", {"n": 1})
    client.until("one", {"id": "1", "n": 1})
    live.do("set", "other-room", "1", {"n": 100})
    live.do("set", "room", "1", {"n": 2})
    client.until("one", {"id": "1", "n": 2})
    live.do("delete", "room", "1")
    client.until("one", None)
    assert [state and state["n"] for state in client.states("one")] == [1, 2, None]


def test_no_change_is_lost_however_fast_they_come(live: Live, connect: Connect) -> None:
    client = connect(live)
    client.item("one", "chat", "room", "1")
    client.group("all", "chat", "room")
    client.until("all", [])

    async def burst() -> None:
        for number in range(200):
            await live.live.engine.streams.set("chat", "room", "1", {"n": number})
        await live.live.engine.streams.delete("chat", "room", "1")

    live.live.run(burst())
    client.until("one", None)
    client.until("all", [])
    assert [state and state["n"] for state in client.states("one")] == [*range(200), None]
    assert len(client.states("all")) == 202


def test_events_reach_whom_they_are_sent_to_once(live: Live, connect: Connect) -> None:
    client = connect(live)
    client.group("all", "chat", "room", listen="typing")
    client.item("one", "chat", "room", "1", listen="typing")
    client.item("two", "chat", "room", "2", listen="typing")
    eventually(lambda: live.members() == 3)
    live.do("send", {"groupId": "room"}, {"type": "typing", "data": {"for": "group"}})
    live.do("send", {"groupId": "room", "id": "1"}, {"type": "typing", "data": {"for": "one"}})
    live.do("send", {"groupId": "room"}, {"type": "other", "data": None})
    live.do("send", {"groupId": "room"}, {"type": "typing", "data": "last"})
    client.wait(lambda: client.events("all", "typing")[-1:] == ["last"])
    assert client.events("all", "typing") == [{"for": "group"}, {"for": "one"}, "last"]
    assert client.events("one", "typing") == [{"for": "one"}]
    assert client.events("two", "typing") == []


def test_a_subscription_that_is_closed_hears_no_more(live: Live, connect: Connect) -> None:
    client = connect(live)
    client.group("gone", "chat", "room")
    client.group("there", "chat", "other")
    client.until("gone", [])
    client.until("there", [])
    client.do("leave", of="gone")
    eventually(lambda: live.members() == 1)
    live.do("set", "room", "1", {})
    live.do("set", "other", "1", {})
    client.until("there", [{"id": "1"}])
    assert client.state("gone") == []


def test_a_client_comes_back_after_a_restart_and_sees_what_happened_meanwhile(site: Live, connect: Connect) -> None:
    site.options = {"workers": 1}
    site.start()
    site.do("set", "room", "1", {"n": 1})
    client = connect(site)
    client.group("room", "chat", "room")
    client.item("one", "chat", "room", "1")
    client.until("room", [{"id": "1", "n": 1}])
    client.until("one", {"id": "1", "n": 1})
    port = site.live.server.port
    site.live.stop()
    site.options["port"] = port
    site.start()
    site.do("set", "room", "1", {"n": 2})
    client.until("room", [{"id": "1", "n": 2}])
    client.until("one", {"id": "1", "n": 2})
    site.do("set", "room", "2", {"n": 3})
    client.until("room", [{"id": "1", "n": 2}, {"id": "2", "n": 3}])


def test_who_may_not_join_hears_an_error_and_no_data(site: Live, connect: Connect) -> None:
    site.write("steps/guarded_stream.py", GUARDED)
    site.write("motia_config.py", AUTH)
    site.start()
    site.do("set", "bob", "1", {"secret": True}, stream="guarded")
    client = connect(site, "/?authToken=ada")
    for name in ("ada", "bob"):
        client.group(name, "guarded", name, listen="error")
    client.until("ada", [])
    client.wait(lambda: client.events("bob", "error"))
    assert client.events("bob", "error") == [{"code": "STREAM_ACCESS_DENIED", "message": "Access denied"}]
    site.do("set", "bob", "2", {}, stream="guarded")
    site.do("set", "ada", "1", {"mine": True}, stream="guarded")
    client.until("ada", [{"id": "1", "mine": True}])
    assert client.states("bob") == []


@pytest.mark.parametrize("connect", PACKAGES[::2], indirect=True)  # the older one knows no protocols
def test_the_token_may_come_as_a_protocol(site: Live, connect: Connect) -> None:
    site.write("steps/guarded_stream.py", GUARDED)
    site.write("motia_config.py", AUTH)
    site.start()
    client = connect(site, protocols=["Authorization", "ada"])
    client.group("mine", "guarded", "ada")
    client.until("mine", [])
