"""The bundle of the function that answers the WebSocket API."""

import json
import subprocess
import sys

from motia.names import step_id
from motia_project.manifest import Manifest
from motia_project.model import Stream

PATH = "streams-python.zip"
GUARD = """from src.people import ALLOWED
config = {'name': 'chat', 'schema': None, 'canAccess': lambda subscription, context: context in ALLOWED}
"""
AUTH = "from src.tokens import check\nstreamAuth = {'authenticate': check}\n"


def stream(app, name, source="", *, can_access=False):
    file = f"steps/{name}_stream.py"
    app.write(file, source)
    app.streams.append(Stream(name, step_id(name), "python", file, can_access=can_access))


def contents(app):
    with app.zip(PATH) as archive:
        names = set(archive.namelist())
        described = json.loads(archive.read("motia.json"))
    ours = ("motia/", "motia_handlers/", "motia.json")
    return {name for name in names if not name.startswith(ours) and not name.endswith(".pyc")}, described


def chat(app):
    app.step("one")
    app.write("src/people.py", "ALLOWED = ['ann']\n")
    app.write("src/tokens.py", "def check(request):\n    return 'ann'\n")
    app.write("motia_config.py", AUTH)
    stream(app, "chat", GUARD, can_access=True)
    stream(app, "news", "import no_such_module\n")


def test_it_holds_the_rules_and_what_they_import(app):
    chat(app)
    app.build()
    files, described = contents(app)
    assert files == {"steps/chat_stream.py", "src/people.py", "motia_config.py", "src/tokens.py"}
    assert described == {
        "version": 1,
        "steps": [],
        "topics": {},
        "streams": ["chat", "news"],
        "guards": {"chat": "steps/chat_stream.py"},
    }


def test_the_manifest_says_which_it_is(app):
    chat(app)
    result = app.build()
    manifest = Manifest.read(result.dist)
    assert manifest.streams_bundle == PATH
    assert manifest.streams["chat"].bundle == manifest.streams["news"].bundle == PATH
    assert manifest.bundles[PATH].handler == "motia_handlers.websocket.handler"
    assert PATH not in manifest.steps
    assert result.built == ("one",)


def test_a_project_without_streams_has_none(app):
    app.step("one")
    assert app.build().manifest.streams_bundle is None
    assert not (app.root / "dist" / PATH).exists()


def test_it_goes_when_the_streams_go(app):
    chat(app)
    app.build()
    app.streams.clear()
    app.build()
    assert not (app.root / "dist" / PATH).exists()


def test_only_what_it_holds_makes_it_new(app):
    chat(app)
    first = app.build().manifest.bundles
    app.write("src/people.py", "ALLOWED = ['ben']\n")
    second = app.build().manifest.bundles
    assert {path for path in first if first[path] != second[path]} == {PATH}


def test_equal_projects_give_equal_bytes(app, other_app):
    for one in (app, other_app):
        chat(one)
        one.build()
    assert (app.root / "dist" / PATH).read_bytes() == (other_app.root / "dist" / PATH).read_bytes()


def test_a_stream_whose_rule_imports_what_is_nowhere_stops_the_build(app):
    app.step("one")
    stream(app, "chat", "import no_such_module\n", can_access=True)
    (problem,) = app.problems()
    assert (problem.file, problem.key) == ("steps/chat_stream.py", "line 1")


def test_it_runs_by_itself_and_without_boto3(app, tmp_path):
    chat(app)
    app.build()
    with app.zip(PATH) as archive:
        archive.extractall(tmp_path / "task")
    code = f"""
import os, sys
os.environ.update(AWS_LAMBDA_FUNCTION_NAME="f", LAMBDA_TASK_ROOT={str(tmp_path / "task")!r}, AWS_REGION="eu-central-1", AWS_ENDPOINT_URL="http://e",
    AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", MOTIA_PREFIX="p", MOTIA_QUEUE_BASE="https://q/", MOTIA_BUCKET="b",
    MOTIA_STATE_TABLE="s", MOTIA_STREAM_TABLE="t", MOTIA_LOCK_TABLE="l", MOTIA_CONNECTION_TABLE="c",
    MOTIA_WEBSOCKET_ENDPOINT="https://ws.invalid/live")
sys.path[:] = [{str(tmp_path / "task")!r}, *(p for p in sys.path if "site-packages" not in p)]
import motia_handlers.websocket as entry
hall = entry.current()
assert hall.guard("chat") and hall.auth().handler.__name__ == "check"
assert not {{"boto3", "botocore", "pydantic", "fastapi"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
