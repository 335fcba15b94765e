"""A project's own adapters on the local server."""

import json
import os
import signal
from datetime import UTC, datetime

import pytest

from adapter_sources import ALL, EVENTS, KEPT
from waiting import eventually

TICK = """
config = {'type': 'cron', 'name': 'Tick', 'cron': '0 9 * * *', 'emits': []}

async def handler(context):
    pass
"""
CHAT = "config = {'name': 'chat', 'schema': {'type': 'object'}, 'baseConfig': {'storageType': 'default'}}\n"
MEMORY = """
from motia.adapters.memory import MemoryStateAdapter

adapters = {"state": MemoryStateAdapter}
"""
SET = "await context.state.set('g', req['pathParams']['key'], req['body'])\nreturn {'status': 200}"
GET = "return {'status': 200, 'body': await context.state.get('g', req['pathParams']['key'])}"


@pytest.fixture
def app(site, monkeypatch):
    """Routes to write and read state, and the library of adapters that keep things in a file."""
    monkeypatch.setenv("KEPT", str(site.root / "kept.json"))
    site.options["workers"] = 2
    site.api("set", "PUT", "/state/:key", SET)
    site.api("get", "GET", "/state/:key", GET)
    site.write("lib/kept.py", KEPT)
    return site


def errors(site):
    return site.live.run(site.live.engine.records.logs(level="error")).records


def kept(site):
    return json.loads((site.root / "kept.json").read_text())


def test_state_is_the_adapters_for_steps_and_the_console(app):
    app.write("motia_config.py", ALL)
    app.start()
    assert app.call("PUT", "/state/a", {"n": 1}).status == 200
    assert app.call("GET", "/state/a").json() == {"n": 1}
    assert kept(app)["state"] == {"g": {"a": {"n": 1}}}
    shown = app.call("GET", "/__motia/state").json()
    assert shown == [{"groupId": "g", "key": "a", "type": "object", "value": {"n": 1}}]
    assert app.call("POST", "/__motia/state", {"groupId": "g", "key": "b", "value": 2}).status == 200
    assert app.call("GET", "/state/b").json() == 2


def test_streams_are_the_adapters_and_their_clients_hear_of_them(app):
    app.write("motia_config.py", ALL)
    app.write("steps/chat_stream.py", CHAT)
    body = """
    first = await context.streams.chat.set("room", "1", {"text": "hi"})
    second = await context.streams.chat.set("room", "1", {"text": "ho"})
    await context.streams.chat.send({"groupId": "room"}, {"type": "typing", "data": 1})
    gone = await context.streams.chat.delete("room", "1")
    return {"status": 200, "body": [first["text"], second["text"], gone["text"]]}
    """
    app.api("say", "POST", "/say", body)
    heard = []
    app.start()
    app.live.engine.hub.subscribe(heard.append)
    assert app.call("POST", "/say", {}).json() == ["hi", "ho", "ho"]
    assert [message["event"]["type"] for message in heard] == ["create", "update", "event", "delete"]
    assert kept(app)["streams"] == {"chat/room": {}}


def test_a_tick_that_another_server_has_taken_does_not_run(app):
    app.write("motia_config.py", ALL)
    app.write("steps/tick_step.py", TICK)
    app.start()
    tick = datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert app.live.fire("Tick", tick) is True
    assert list(kept(app)["locks"]) == ["cron#Tick#2026-01-01T09:00"]
    (app.root / "kept.json").write_text(
        json.dumps({"state": {}, "streams": {}, "locks": {"cron#Tick#2026-01-02T09:00": 2**60}})
    )
    assert app.live.fire("Tick", datetime(2026, 1, 2, 9, tzinfo=UTC)) is False


def test_an_adapter_in_memory_is_one_for_all_workers_and_outlives_a_save(app):
    app.write("motia_config.py", MEMORY)
    app.start()
    for number in range(8):
        assert app.call("PUT", f"/state/{number}", number).status == 200
    assert [app.call("GET", f"/state/{number}").json() for number in range(8)] == list(range(8))
    app.api("more", "GET", "/more", "return {'status': 204}")
    app.live.reload()
    assert app.call("GET", "/more").status == 204
    assert app.call("GET", "/state/7").json() == 7


def test_a_changed_adapter_takes_effect_and_so_does_its_removal(app):
    app.write("motia_config.py", MEMORY)
    app.start()
    app.call("PUT", "/state/a", 1)
    app.write("motia_config.py", ALL)
    app.live.reload()
    assert app.call("GET", "/state/a").json() is None
    app.write("lib/kept.py", KEPT.replace("return value\n", "return value  # as it is\n"))
    app.live.reload()
    assert app.call("PUT", "/state/a", 2).status == 200
    (app.root / "motia_config.py").unlink()
    app.live.reload()
    assert app.call("GET", "/state/a").json() is None
    assert kept(app)["state"]["g"] == {"a": 2}


def test_a_broken_configuration_leaves_the_adapters_as_they_were(app):
    app.write("motia_config.py", MEMORY)
    app.start()
    app.call("PUT", "/state/a", 1)
    app.write("motia_config.py", "adapters = {")
    app.live.reload()
    assert app.call("GET", "/state/a").json() == 1
    app.write("motia_config.py", MEMORY + "\n")
    app.live.reload()
    assert app.call("GET", "/state/a").json() is None


def test_an_adapter_that_cannot_be_made_fails_the_calls_and_says_why(app):
    app.write("motia_config.py", "def make():\n    raise ValueError('no database')\n\nadapters = {'state': make}\n")
    app.start()
    assert app.call("PUT", "/state/a", 1).status == 500
    log = eventually(lambda: errors(app))[0]
    assert "no database" in log["error"]["message"]
    assert log["error"]["name"] == "StateError"


def test_what_an_adapter_raises_reaches_the_step(app):
    app.write("motia_config.py", ALL)
    app.api("catch", "GET", "/catch", """
    from motia.errors import StateError
    try:
        await context.state.get("g", "broken")
    except StateError as error:
        return {"status": 200, "body": str(error)}
    """)  # fmt: skip
    app.start()
    assert b"RuntimeError: the disk is gone" in app.call("GET", "/catch").body


def test_a_killed_process_of_adapters_comes_back(app):
    app.write("motia_config.py", ALL)
    app.start()
    app.call("PUT", "/state/a", 1)
    host = app.live.server.adapters._host
    os.kill(host._process.pid, signal.SIGKILL)
    assert eventually(lambda: app.call("GET", "/state/a").status == 200)
    assert app.call("GET", "/state/a").json() == 1


def test_events_go_through_the_adapter_which_tries_again(app):
    app.write("motia_config.py", EVENTS)
    app.api(
        "emit",
        "POST",
        "/emitting",
        "await context.emit({'topic': 'work', 'data': 1})\nreturn {'status': 204}",
        "['work']",
    )
    flaky = """
    tries = await context.state.get('tries', '{0}') or 0
    await context.state.set('tries', '{0}', tries + 1)
    if tries < 2:
        raise ValueError('not yet')
    """
    app.event("one", "work", flaky.format("one"))
    app.event("two", "work", flaky.format("two"), "'infrastructure': {'queue': {'maxRetries': 0}}")
    app.start()
    assert app.call("POST", "/emitting", {}).status == 204
    eventually(lambda: app.state("tries", "one") == 3)
    assert app.state("tries", "two") == 1
    assert {count.visible + count.delayed for count in app.live.run(app.live.engine.queues.counts())} == {0}
    assert app.call("POST", "/emit", {"topic": "work", "data": 2}).status == 200
    eventually(lambda: app.state("tries", "one") == 4)
    failed = [log for log in errors(app) if log["msg"] == "Attempt failed"]
    assert {log["step"] for log in failed} == {"one", "two"}


def test_an_event_that_no_step_hears_reaches_the_adapter(app):
    noting = EVENTS.replace("adapters =", """
class Noting(MemoryEventAdapter):
    async def emit(self, event):
        open("noted.txt", "a").write(event.topic + " ")
        await super().emit(event)

adapters =""").replace("MemoryEventAdapter(r", "Noting(r")  # fmt: skip
    app.write("motia_config.py", noting)
    app.api("out", "POST", "/out", "await context.emit({'topic': 'out'})\nreturn {'status': 204}", "['out']")
    app.start()
    assert app.call("POST", "/out", {}).status == 204
    assert app.call("POST", "/emit", {"topic": "other"}).status == 200
    assert (app.root / "noted.txt").read_text() == "out other "


def test_stopping_the_server_leaves_no_process(app):
    app.write("motia_config.py", ALL)
    app.start()
    pid = app.live.server.adapters._host._process.pid
    app.live.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
