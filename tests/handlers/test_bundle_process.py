"""The entry points in a process of their own, from an unpacked bundle, as Lambda runs them."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from handlers.bundles import event_of, unpack
from motia.descriptor import StepDescriptor

ROOT = Path(__file__).parents[2]
HEAVY = {"boto3", "botocore", "pydantic", "fastapi", "urllib3", "aws_cdk"}
BOOTSTRAP = """
import importlib, json, os, sys
before = set(sys.modules)
sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
module = importlib.import_module(sys.argv[1])
events = json.load(sys.stdin)
answers = [module.handler(event, None) for event in events]
loaded = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps({"answers": answers, "loaded": loaded, "from": sys.modules["motia"].__file__}))
"""


class Aws(BaseHTTPRequestHandler):
    """Answers every call with success."""

    calls: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].partition(".")[2]
        self.calls.append(operation)
        answer = b'{"QueueUrl": "http://127.0.0.1/queue"}' if operation == "GetQueueUrl" else b"{}"
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        return None


@pytest.fixture
def endpoint() -> Iterator[str]:
    Aws.calls = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(root: Path, entry: str, events: list[Any], endpoint: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the process found and answered, and the log records it wrote."""
    for package in ("runtime/motia", "handlers/motia_handlers"):
        shutil.copytree(ROOT / package, root / Path(package).name, ignore=shutil.ignore_patterns("__pycache__", "node"))
    tables = {f"MOTIA_{name}_TABLE": name.lower() for name in ("STATE", "STREAM", "LOCK")}
    environment = {
        "LAMBDA_TASK_ROOT": str(root),
        "AWS_LAMBDA_FUNCTION_NAME": "shop_dev_v1_work",
        "AWS_REGION": "us-east-2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
        "MOTIA_PREFIX": "shop_dev_v1",
        "MOTIA_QUEUE_BASE": f"{endpoint}/123456789012/",
        "MOTIA_BUCKET": "bucket",
        **tables,
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", BOOTSTRAP, f"motia_handlers.{entry}"],
        input=json.dumps(events), capture_output=True, text=True, env=environment, cwd=root, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *records, found = [json.loads(line) for line in done.stdout.splitlines()]
    return found, records


def step(kind: str, **more: str) -> StepDescriptor:
    return StepDescriptor(id="work", name="Work", type=kind, file="steps/work_step.py", **more)


def test_an_api_step_answers_without_heavy_imports(tmp_path: Path, endpoint: str) -> None:
    source = """
    count = 0

    async def handler(req, context):
        global count
        count += 1
        context.logger.info("hello", {"n": count})
        await context.state.set("g", "k", count)
        return {"status": 200, "body": count}
    """
    unpack(tmp_path, {"steps/work_step.py": source}, step("api", method="POST", path="/orders/:id/:share"))
    found, records = run(tmp_path, "api", [event_of("http_api")] * 2, endpoint)
    assert [answer["body"] for answer in found["answers"]] == ["1", "2"]
    assert [record["n"] for record in records] == [1, 2]
    assert Aws.calls == ["PutItem", "PutItem"]
    assert found["from"] == str(tmp_path / "motia/__init__.py")
    assert not HEAVY & set(found["loaded"])
    assert set(found["loaded"]) <= set(sys.stdlib_module_names) | {"motia", "motia_handlers", "steps"}


def test_an_event_step_handles_its_batch(tmp_path: Path, endpoint: str) -> None:
    source = "def handler(data, context):\n    assert data['id'] == 1"
    unpack(tmp_path, {"steps/work_step.py": source}, step("event"))
    found, records = run(tmp_path, "sqs", [event_of("sqs_standard")], endpoint)
    assert [len(answer["batchItemFailures"]) for answer in found["answers"]] == [1]
    assert [record["msg"] for record in records] == ["Attempt 3 failed"]
    assert Aws.calls == ["GetQueueUrl", "ChangeMessageVisibility"]


def test_a_cron_step_takes_its_lock_and_runs(tmp_path: Path, endpoint: str) -> None:
    source = "def handler(context):\n    context.logger.info('ran')"
    unpack(tmp_path, {"steps/work_step.py": source}, step("cron"))
    found, records = run(tmp_path, "cron", [event_of("eventbridge")], endpoint)
    assert found["answers"] == [None]
    assert [record["msg"] for record in records] == ["ran"]
    assert Aws.calls == ["PutItem"]


def test_the_api_entry_point_imports_little(tmp_path: Path) -> None:
    """Each of these costs every cold start; add one on purpose only."""
    script = (
        "import asyncio, json, sys; b = set(sys.modules); import motia_handlers.api; print(*sys.modules.keys() - b)"
    )
    path = f"{ROOT / 'runtime'}:{ROOT / 'handlers'}"
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", script], env={"PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.startswith(("motia.", "motia_handlers."))}
    allowed = {"__future__", "copy", "dataclasses", "importlib.util", "importlib._abc"}
    of_pathlib = {"fnmatch", "glob", "grp", "ipaddress", "ntpath", "pwd", "urllib", "urllib.parse"}
    foreign = loaded - ours - {"motia", "motia_handlers"} - allowed - of_pathlib
    assert not {name for name in foreign if name.partition(".")[0] != "pathlib"}
    assert not {"motia.aws", "motia.memory", "motia_handlers.aws", "motia_handlers.sqs"} & ours
