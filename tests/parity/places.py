"""The places a Step can run in, as the parity tests see them: an address, the dead letters, the clock's hand."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from motia import names

if TYPE_CHECKING:
    from motia_local.server import LocalHandle

ROOT = Path(__file__).parents[2]
MOTIA = [str(Path(sys.executable).with_name("motia"))]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `headers` in order of arrival, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def call(base: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """One request. A dict or list is sent as JSON, bytes as they are; `path` is sent as given."""
    address = urlsplit(base)
    payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    sent = dict(headers or {})
    if payload is not None and not isinstance(body, bytes):
        sent.setdefault("content-type", "application/json")
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=40)
    try:
        connection.request(method, address.path.rstrip("/") + path, body=payload, headers=sent)
        answer = connection.getresponse()
        pairs = tuple((name.lower(), value) for name, value in answer.getheaders())
        return Answer(answer.status, pairs, answer.read())
    finally:
        connection.close()


class Place(Protocol):
    """Somewhere an app runs. root: its folder, which has the name of the app."""

    name: str
    root: Path

    @property
    def websocket_url(self) -> str:
        """Where clients listen to streams; what follows is appended to it."""

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer: ...

    def dead_letters(self, step: str) -> list[Any]:
        """Data of the events in the Step's dead-letter queue."""

    def fire(self, step: str, scheduled: str) -> None:
        """Run a cron Step as its schedule would at `scheduled` (ISO 8601); return when it has run."""

    def logs(self, trace_id: str) -> list[dict[str, Any]]:
        """The log records of a trace, oldest first of each Step."""


class Dev:
    """The development server, in this process; its Steps run in workers of their own."""

    name = "dev"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.local = self._start()

    def _start(self) -> LocalHandle:
        from motia_local.server import start_local

        return start_local(self.root)

    @property
    def websocket_url(self) -> str:
        return self.local.url.replace("http", "ws", 1) + "/"

    def stop(self) -> None:
        self.local.stop()

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        return call(self.local.url, method, path, body, headers)

    def dead_letters(self, step: str) -> list[Any]:
        found = self.local.run(self.local.engine.queues.dead_letters(names.step_id(step)))
        return [letter.data for letter in found]

    def fire(self, step: str, scheduled: str) -> None:
        self.local.fire(names.step_id(step), datetime.fromisoformat(scheduled))

    def logs(self, trace_id: str) -> list[dict[str, Any]]:
        return list(self.local.run(self.local.engine.records.logs(trace_id=trace_id)).records)


class Start(Dev):
    """The server of `motia start`, in this process; its workers answer HTTP themselves."""

    name = "start"

    def _start(self) -> LocalHandle:
        from motia_local.server import ServerOptions, start_local
        from motia_local.start.server import StartServer

        return start_local(self.root, ServerOptions(workers=2), server_type=StartServer)


@dataclass
class Deployed:
    """A version deployed to the emulator by the command line."""

    root: Path
    project: str
    environment: str = "parity"
    version: str = "v1"
    name: str = "emulator"
    outcome: dict[str, Any] = field(default_factory=dict)

    @property
    def websocket_url(self) -> str:
        url: str = self.outcome["websocket_url"]
        return url

    def deploy(self, *options: str) -> dict[str, Any]:
        """Run `motia cloud deploy --local`; its JSON."""
        command = [*MOTIA, "cloud", "deploy", "--local", "-k", "parity-key", "-v", self.version]
        command += ["--environment-name", self.environment, "--ci", "--json", *options]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=170)
        assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.outcome = json.loads(done.stdout.strip().splitlines()[-1])
        return self.outcome

    def stop(self) -> None:
        subprocess.run([*MOTIA, "emulator", "stop"], cwd=self.root, capture_output=True, timeout=60, check=True)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        return call(self.outcome["api_url"], method, path, body, headers)

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator, with the deployer's rights."""
        import boto3

        from motia_local import emulator

        at = emulator.status(self.root / ".motia").url
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=at, region_name="us-east-1", **keys)

    @property
    def prefix(self) -> str:
        return names.version_prefix(self.project, self.environment, self.version)

    def dead_letters(self, step: str, *, fifo: bool = False) -> list[Any]:
        sqs = self.client("sqs")
        queue = names.queue_name(self.prefix, names.step_id(step), fifo=fifo, dead_letter=True)
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        return [json.loads(message["Body"])["data"] for message in found]

    def fire(self, step: str, scheduled: str) -> None:
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": scheduled, "detail": {}}
        function = names.function_name(self.prefix, names.step_id(step))
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        assert "FunctionError" not in answer, answer["Payload"].read()

    def logs(self, trace_id: str) -> list[dict[str, Any]]:
        client = self.client("logs")
        prefix = f"/aws/lambda/{self.prefix}"
        groups = [group["logGroupName"] for group in client.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]
        lines = [
            event["message"] for group in groups for event in client.filter_log_events(logGroupName=group)["events"]
        ]
        return [json.loads(line) for line in lines if line.startswith("{") and trace_id in line]
