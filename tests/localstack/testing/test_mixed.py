"""A project in several languages: its Python Steps run in a test, and what they share with the others is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import node_packages
from motia.errors import ProjectError
from motia.testing import PlainApp, motia_test
from testing_projects import event, project

WORK = """
await context.streams.news.set("all", data["id"], {"text": "worked"})
await context.emit({"topic": "worked", "data": data, **({"messageGroupId": "a"} if data["grouped"] else {})})
"""
COUNT = """
export const config = { type: 'event', name: 'Count', subscribes: ['worked'], emits: [],
  infrastructure: { queue: { type: 'fifo' } } }
export const handler = async () => {}
"""
ASK = """
export const config = { type: 'api', name: 'Ask', path: '/ask', method: 'GET', emits: [] }
export const handler = async () => ({ status: 200, body: 'here' })
"""
TICK = """
export const config = { type: 'cron', name: 'Tick', cron: '* * * * *', emits: [] }
export const handler = async () => {}
"""
NEWS = "export const config = { name: 'news', schema: {}, baseConfig: { storageType: 'default' } }"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[PlainApp]:
    node_packages.link(tmp_path)
    files = ("steps/work_step.py", event("Work", WORK, emits="['worked']"), "steps/count.step.ts", COUNT)
    files = (*files, "steps/ask.step.ts", ASK, "steps/tick.step.js", TICK, "steps/news.stream.ts", NEWS)
    with motia_test(project(tmp_path, *files), now="2026-01-01T00:00:30Z") as app:
        yield app


def test_streams_and_subscribers_of_other_languages_are_there(app: PlainApp) -> None:
    app.emit("work", {"id": "1", "grouped": True})
    app.wait_idle()
    assert app.dead_letters("Work") == []
    assert app.streams.news.get("all", "1")["text"] == "worked"
    assert [(event.topic, event.message_group_id) for event in app.events] == [("work", None), ("worked", "a")]


def test_their_rules_hold(app: PlainApp) -> None:
    app.emit("work", {"id": "1", "grouped": False})
    app.wait_idle()
    [letter] = app.dead_letters("Work")
    assert "messageGroupId" in (letter.error or "")


def test_steps_of_other_languages_do_not_run(app: PlainApp) -> None:
    assert set(app.steps) == {"Ask", "Count", "Tick", "Work"}
    for call in (lambda: app.call("Ask"), lambda: app.call("GET", "/ask"), lambda: app.cron("Tick")):
        with pytest.raises(ProjectError, match="is not Python, which is all that runs in a test of Python"):
            call()
    assert app.advance(minutes=2) == []
    assert app.dead_letters("Count") == []
