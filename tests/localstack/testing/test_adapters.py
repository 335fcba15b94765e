"""A project's own adapters in `motia.testing`."""

import json
from pathlib import Path

import pytest

from adapter_sources import ALL, EVENTS, KEPT
from motia.adapters.memory import MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter
from motia.adapters.memory_events import MemoryEventAdapter
from motia.errors import ProjectError
from motia.testing import motia_test
from testing_projects import cron, event, project

SEEN = """
seen = await context.state.get("seen", "all") or []
await context.state.set("seen", "all", [*seen, data])
await context.streams.chat.set("room", str(data), {"n": data})
"""
CHAT = 'config = {"name": "chat", "schema": {"type": "object"}, "baseConfig": {"storageType": "default"}}'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEPT", str(tmp_path / "kept.json"))
    files = ("steps/a_step.py", event("A", SEEN), "steps/chat_stream.py", CHAT, "lib/kept.py", KEPT)
    ticking = cron("Tick", "0 9 * * *", 'await context.state.set("ticks", "all", True)')
    return project(tmp_path, *files, "steps/t_step.py", ticking)


def test_the_adapters_of_the_project_are_used(root: Path) -> None:
    project(root, "motia_config.py", ALL)
    with motia_test(root, now="2026-01-01T00:00:00Z") as app:
        app.emit("work", 1)
        app.wait_idle()
        assert app.state.get("seen", "all") == [1]
        assert [push["event"]["type"] for push in app.pushed] == ["create"]
        assert app.advance(days=1) == ["Tick"]
    kept = json.loads((root / "kept.json").read_text())
    assert kept["state"] == {"seen": {"all": [1]}, "ticks": {"all": True}}
    assert kept["streams"] == {"chat/room": {"1": {"n": 1, "id": "1"}}}
    assert list(kept["locks"]) == ["cron#Tick#2026-01-01T09:00"]


def test_a_tick_that_another_has_taken_does_not_run(root: Path) -> None:
    project(root, "motia_config.py", ALL)
    for ran in (["Tick"], []):
        with motia_test(root, now="2026-01-01T00:00:00Z") as app:
            assert app.advance(days=1) == ran


def test_a_test_can_use_others_or_none(root: Path) -> None:
    project(root, "motia_config.py", ALL)
    with motia_test(root, adapters={}) as app:
        app.state.set("a", "b", 1)
    assert not (root / "kept.json").exists()
    groups: dict[str, dict[str, object]] = {}
    streams: dict[str, dict[str, object]] = {}
    own = {
        "state": MemoryStateAdapter(groups),
        "streams": lambda name: MemoryStreamAdapter(name, streams),
        "cron": MemoryCronAdapter(),
    }
    with motia_test(root, adapters=own) as app:
        app.emit("work", 1)
        app.wait_idle()
    assert groups == {"seen": {"all": [1]}}
    assert streams == {"room": {"1": {"n": 1, "id": "1"}}}


def test_events_go_through_the_adapter(root: Path) -> None:
    project(root, "motia_config.py", EVENTS, "steps/b_step.py", event("B", SEEN.replace("all", "b")))
    with motia_test(root) as app:
        app.emit("work", 1)
        app.wait_idle()
        assert (app.state.get("seen", "all"), app.state.get("seen", "b")) == ([1], [1])
        app.emit("unheard", 2)
        assert [item.topic for item in app.events] == ["work", "unheard"]


def test_a_failing_event_is_the_adapters_to_try_again(tmp_path: Path) -> None:
    root = project(tmp_path, "steps/a_step.py", event("A", 'raise ValueError("no")', queue='"maxRetries": 1'))
    adapter = MemoryEventAdapter(retry_delay_s=0.01)
    with motia_test(root, adapters={"events": adapter}) as app:
        app.emit("work", 1)
        app.wait_idle()
        assert [log["msg"] for log in app.logs] == ["Attempt failed", "Attempt failed"]
    assert [(lost.step_name, lost.event.data, lost.error) for lost in adapter.given_up] == [("A", 1, "ValueError: no")]


def test_a_class_that_is_no_adapter_is_refused(root: Path) -> None:
    with pytest.raises(ProjectError, match="no subclass of StateAdapter"), motia_test(root, adapters={"state": dict}):
        pass


def test_stream_auth_and_guards_do_not_disturb(root: Path) -> None:
    auth = 'streamAuth = {"authenticate": lambda request: {"user": "ada"}}'
    guarded = CHAT.replace("}}", "}, 'canAccess': lambda subscription, context: True}")
    project(root, "motia_config.py", auth, "steps/chat_stream.py", guarded)
    with motia_test(root) as app:
        assert set(app.steps) == {"A", "Tick"}
        app.emit("work", 1)
        app.wait_idle()
        assert app.streams.chat.get("room", "1")["n"] == 1
