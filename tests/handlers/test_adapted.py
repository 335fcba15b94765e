"""Lambda entry points of a project with adapters of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from adapter_sources import ALL, KEPT
from handlers.bundles import FakeServices, event_of, unpack
from motia.adapters.bridge import OUTSIDE
from motia.backend import Subscriber
from motia.descriptor import FILE_NAME, BundleDescriptor, StepDescriptor
from motia.errors import StreamError
from motia.memory import MemoryBackend
from motia_handlers import api, cron
from motia_handlers.adapted import load_streams
from motia_handlers.sandbox import Sandbox, open_sandbox

WORK = """
config = {"type": "api", "name": "Work", "path": "/orders", "method": "POST", "emits": ["done"]}

async def handler(req, context):
    await context.state.set("orders", "1", {"a": 1})
    await context.streams.chat.set("room", "1", {"text": "hi"})
    await context.emit({"topic": "done", "data": await context.state.get_group("orders")})
    return {"status": 200, "body": await context.streams.chat.get("room", "1")}
"""
EVENTS = """
from motia.adapters import EventAdapter

class Noted(EventAdapter):
    usable_on_aws = True
    events = []
    async def emit(self, event): self.events.append(event.to_json())
    async def subscribe(self, topic, step_name, handler, options=None): raise NotImplementedError
    async def unsubscribe(self, handle): ...
    async def shutdown(self): ...
    async def get_subscription_count(self, topic): return 0
    async def list_topics(self): return []

adapters = {"events": Noted}
"""


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEPT", str(tmp_path / "kept.json"))
    return tmp_path / "kept.json"


def sandbox_of(root: Path, config: str, *adapters: str, **step: Any) -> Sandbox:
    described = StepDescriptor("Work", "Work", step.pop("type", "api"), "steps/work_step.py", emits=("done",), **step)
    unpack(root, {described.file: WORK, "motia_config.py": config, "lib/kept.py": KEPT})
    topics = {"done": (Subscriber("Next", "Next"), OUTSIDE)}
    (root / FILE_NAME).write_text(BundleDescriptor((described,), topics, ("chat",), adapters=adapters).to_json())
    return open_sandbox(root, FakeServices())


def post(sandbox: Sandbox) -> dict[str, Any]:
    event = {**event_of("http_api"), "rawPath": "/orders", "body": "{}", "isBase64Encoded": False}
    event["requestContext"]["http"]["method"] = "POST"  # type: ignore[index]
    return asyncio.run(api.handle(event, sandbox))


def test_state_and_streams_are_the_projects(tmp_path: Path, kept: Path) -> None:
    sandbox = sandbox_of(tmp_path, ALL, "state", "streams", "cron", method="POST", path="/orders")
    answer = post(sandbox)
    assert (answer["statusCode"], json.loads(answer["body"])["text"]) == (200, "hi")
    data = json.loads(kept.read_text())
    assert data["state"] == {"orders": {"1": {"a": 1}}}
    assert data["streams"] == {"chat/room": {"1": {"text": "hi", "id": "1"}}}


def test_events_go_to_the_project_alone_and_once(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, EVENTS, "events", method="POST", path="/orders")
    assert post(sandbox)["statusCode"] == 200
    [event] = sandbox.services.backend.events.adapter.events  # type: ignore[attr-defined]
    assert (event["topic"], event["data"]) == ("done", [{"a": 1}])


def test_a_tick_runs_once_by_the_projects_locks(tmp_path: Path, kept: Path) -> None:
    source = 'config = {"type": "cron"}\n\nasync def handler(context):\n    await context.state.set("a", "b", 1)\n'
    described = StepDescriptor("Tick", "Tick", "cron", "steps/work_step.py")
    unpack(tmp_path, {described.file: source, "motia_config.py": ALL, "lib/kept.py": KEPT})
    (tmp_path / FILE_NAME).write_text(BundleDescriptor((described,), {}, adapters=("cron",)).to_json())
    sandbox = open_sandbox(tmp_path, FakeServices())
    event = event_of("eventbridge")
    assert asyncio.run(cron.handle(event, sandbox)) is True
    assert asyncio.run(cron.handle(event, sandbox)) is False
    [name] = json.loads(kept.read_text())["locks"]
    assert name.startswith("cron#Tick#")


def test_adapters_that_cannot_be_made_fail_every_request_and_are_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = """
    import os
    from lib.kept import KeptState

    def make():
        if "DATABASE" not in os.environ:
            raise ValueError("DATABASE is not set")
        return KeptState()

    adapters = {"state": make}
    """
    sandbox = sandbox_of(tmp_path, config, "state", method="POST", path="/orders")
    assert post(sandbox)["statusCode"] == 500
    assert "DATABASE is not set" in capsys.readouterr().out
    monkeypatch.setenv("DATABASE", "there")
    assert post(sandbox)["statusCode"] == 200


def test_without_adapters_the_configuration_is_not_imported(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, "raise ValueError('not to be imported')", method="POST", path="/orders")
    assert post(sandbox)["statusCode"] == 200


def test_a_client_that_joins_is_told_what_the_adapter_has(tmp_path: Path) -> None:
    unpack(tmp_path, {"motia_config.py": ALL, "lib/kept.py": KEPT})
    streams = load_streams(MemoryBackend(), tmp_path)

    async def check() -> None:
        await streams.set("chat", "room", "1", {"text": "hi"})
        group, item = await streams.snapshot("chat", "room", None), await streams.snapshot("chat", "room", "1")
        assert (group.data, item.data) == ([{"text": "hi", "id": "1"}], {"text": "hi", "id": "1"})
        assert group.timestamp > 1_700_000_000_000
        assert (await streams.snapshot("chat", "room", "2")).data is None

    asyncio.run(check())


def test_an_adapter_that_fails_a_client_is_named(tmp_path: Path) -> None:
    config = """
    from lib.kept import KeptStream

    class Broken(KeptStream):
        async def get_group(self, group_id): raise RuntimeError("the disk is gone")

    adapters = {"streams": Broken}
    """
    unpack(tmp_path, {"motia_config.py": config, "lib/kept.py": KEPT})
    with pytest.raises(StreamError, match=r"stream 'chat' failed: the disk is gone"):
        asyncio.run(load_streams(MemoryBackend(), tmp_path).snapshot("chat", "room", None))
