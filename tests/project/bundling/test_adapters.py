"""Bundles of a project with adapters of its own."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from adapter_sources import ALL, KEPT
from motia_project.bundling import Target, build
from motia_project.discovery import discover
from motia_project.model import Adapter
from testing_projects import project


def bundled(app, *kinds: str) -> dict[str, object]:
    """Build with these adapters; the descriptor of the Step's bundle."""
    build(replace(app.project(), adapters=tuple(Adapter(kind, "Own") for kind in kinds)), Target.local())
    with app.zip("python/steps/s_step.zip") as archive:
        descriptor: dict[str, object] = json.loads(archive.read("motia.json"))
    return descriptor


def test_the_configuration_and_what_it_imports_go_into_every_bundle(app) -> None:
    app.write("lib/kept.py", KEPT)
    app.write("motia_config.py", ALL)
    app.step("s")
    assert bundled(app, "state", "cron")["adapters"] == ["state", "cron"]
    assert {"motia_config.py", "lib/kept.py"} <= app.files("s")


def test_without_adapters_it_stays_out(app) -> None:
    app.write("motia_config.py", "streamAuth = {}")
    app.step("s")
    assert "adapters" not in bundled(app)
    assert "motia_config.py" not in app.files("s")


def test_an_event_adapter_hears_of_everything_that_is_emitted(app) -> None:
    app.write("motia_config.py", "")
    app.step("s", emits=("heard", "unheard"))
    app.event("e", subscribes=("heard",))
    topics = bundled(app, "events")["topics"]
    assert isinstance(topics, dict)
    names = {topic: [one["name"] for one in subscribers] for topic, subscribers in topics.items()}
    assert names == {"heard": ["e", "(adapter)"], "unheard": ["(adapter)"]}


STEP = """
from motia.errors import StateError

config = {"type": "api", "name": "s", "path": "/s", "method": "GET", "emits": []}

async def handler(req, context):
    await context.state.set("g", "k", {"a": 1})
    return {"status": 200, "body": await context.state.get_group("g")}
"""
LAMBDA = """
import json, sys
sys.path.insert(0, sys.argv[1])
import motia
from motia_handlers.api import handler

assert motia.__file__.startswith(sys.argv[1])
http = {"method": "GET", "path": "/s"}
event = {"rawPath": "/s", "rawQueryString": "", "headers": {}, "requestContext": {"stage": "$default", "http": http}}
print(json.dumps(handler(event, None)))
"""


def test_a_bundle_runs_with_the_projects_state_alone(tmp_path: Path) -> None:
    root = project(tmp_path / "shop", "steps/s_step.py", STEP, "lib/kept.py", KEPT, "motia_config.py", ALL)
    build(discover(root), Target.local())
    bundle = tmp_path / "task"
    zipfile.ZipFile(root / "dist/python/steps/s_step.zip").extractall(bundle)
    names = ("PREFIX", "QUEUE_BASE", "STATE_TABLE", "STREAM_TABLE", "LOCK_TABLE", "BUCKET")
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-central-1"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAMBDA, str(bundle)],
        env={"LAMBDA_TASK_ROOT": str(bundle), "KEPT": str(tmp_path / "kept.json"), **nowhere}
        | {f"MOTIA_{name}": "none" for name in names},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, [{"a": 1}]), done.stdout
    assert json.loads((tmp_path / "kept.json").read_text())["state"] == {"g": {"k": {"a": 1}}}
