"""Bundles of TypeScript Steps as Lambda runs them: a Node process of their own, a stub of AWS."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import node_packages
from motia.descriptor import BundleDescriptor, StepDescriptor

NODE = shutil.which("node") or "node"
ROOT = Path(__file__).parents[2]
FILE = "steps/work.step.ts"
# What Lambda's own runtime does with a bundle: it imports it, listens for what ends a process, calls the handler.
BOOTSTRAP = """
import { readFileSync } from 'node:fs'
process.on('uncaughtException', () => process.exit(129))
process.on('unhandledRejection', () => process.exit(128))
const { handler } = await import(process.argv[2])
const answers = []
for (const event of JSON.parse(readFileSync(0, 'utf8'))) {
  answers.push(await handler(event, {}).catch((error) => ({ raised: error.name, message: error.message })))
  await new Promise((resolve) => setTimeout(resolve, 20))
}
const loaded = process.moduleLoadList.filter((name) => /NativeModule (https?|_http_client|tls|zlib)$/.test(name))
console.log(JSON.stringify({ answers, loaded: loaded.map((name) => name.split(' ')[1]) }))
"""
HANDLERS = {"api": "api", "event": "sqs", "cron": "cron"}


class Aws(BaseHTTPRequestHandler):
    """Answers every call with success. calls: (operation, its parameters)."""

    protocol_version = "HTTP/1.1"
    calls: list[tuple[str, dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        operation = self.headers["x-amz-target"].partition(".")[2]
        self.calls.append((operation, body))
        answer = json.dumps(_answer(operation, body)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        return None


def _answer(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    if operation == "GetQueueUrl":
        return {"QueueUrl": f"http://127.0.0.1/{body['QueueName']}"}
    if operation == "SendMessageBatch":
        return {"Successful": [{"Id": entry["Id"]} for entry in body["Entries"]]}
    return {"MessageId": "m"} if operation == "SendMessage" else {}


@contextmanager
def aws() -> Iterator[str]:
    """The URL of a stub of AWS."""
    Aws.calls = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def step(kind: str, **more: Any) -> StepDescriptor:
    return StepDescriptor(id="work", name="Work", type=kind, file=FILE, **more)


def bundle(root: Path, source: str, descriptor: BundleDescriptor, config: str = "") -> Path:
    """The bundle of one Step in TypeScript. config: source of motia.config.ts."""
    entry = HANDLERS[descriptor.steps[0].type]
    (root / "steps").mkdir(parents=True)
    (root / FILE).write_text(textwrap.dedent(source))
    (root / "motia.config.ts").write_text(textwrap.dedent(config))
    modules = f'{{ {json.dumps(FILE)}: () => import("./{FILE}") }}'
    arguments = [modules, descriptor.to_json(), *(['() => import("./motia.config.ts")'] if config else [])]
    (root / "entry.mjs").write_text(
        f"import {{ {entry}Handler }} from '@motia/runtime/lambda/{entry}.ts'\n"
        f"export const handler = {entry}Handler({', '.join(arguments)})\n"
    )
    compile_entry(root / "entry.mjs", root / "bundle" / "index.mjs")
    return root / "bundle" / "index.mjs"


def compile_entry(entry: Path, bundle: Path) -> None:
    """One module with everything in it, as a build makes it."""
    command = [
        str(node_packages.install() / "node_modules/.bin/esbuild"),
        str(entry),
        f"--outfile={bundle}",
        f"--alias:@motia/runtime={ROOT / 'runtime/node/src'}",
        f"--alias:motia={ROOT / 'runtime/node/src/index.ts'}",
        *("--bundle", "--platform=node", "--format=esm", "--target=node20", "--sourcemap", "--log-level=warning"),
    ]
    done = subprocess.run(command, cwd=entry.parent, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def environ(endpoint: str) -> dict[str, str]:
    tables = {f"MOTIA_{name}_TABLE": name.lower() for name in ("STATE", "STREAM", "LOCK")}
    return {
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


def run(made: Path, events: list[Any], endpoint: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the process answered, and the log records it wrote."""
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", BOOTSTRAP, "bootstrap", str(made)],
        input=json.dumps(events), capture_output=True, text=True, env=environ(endpoint), cwd=made.parent, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stderr, done.stdout)
    assert done.stderr == ""
    found: dict[str, Any]
    *records, found = [json.loads(line) for line in done.stdout.splitlines()]
    return found, records


def cpu_seconds(module: Path, environ: dict[str, str]) -> float:
    """What a process takes that does nothing but import a module."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([NODE, str(module)], env=environ, check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
