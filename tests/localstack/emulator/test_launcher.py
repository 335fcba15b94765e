"""Starting, finding, stopping and emptying the emulator of a project."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from motia.errors import CloudError
from motia_local import emulator
from motia_local.emulator import Endpoint, process, state

pytestmark = pytest.mark.emulator
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    yield tmp_path / ".motia"
    emulator.stop(tmp_path / ".motia")


def client(endpoint: Endpoint, service: str):
    return boto3.client(
        service,
        endpoint_url=endpoint.url,
        region_name=endpoint.region,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
    )


def test_start_status_stop(folder: Path) -> None:
    assert emulator.status(folder) == emulator.Status(running=False)
    endpoint = emulator.start(folder)
    now = emulator.status(folder)
    assert (now.running, now.url) == (True, endpoint.url)
    pid = now.pid
    assert pid and os.getpgid(pid) == pid
    assert emulator.stop(folder) is True
    assert emulator.status(folder).running is False
    assert process.born(pid) == ""
    assert sorted(path.name for path in (folder / "emulator").iterdir()) == ["emulator.log"]
    assert emulator.stop(folder) is False


def test_a_second_start_finds_the_first(folder: Path) -> None:
    first = emulator.start(folder)
    second = emulator.start(folder)
    assert (first.started, second.started, second.url) == (True, False, first.url)


def test_starts_at_the_same_time_make_one_emulator(folder: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        endpoints = list(pool.map(lambda _: emulator.start(folder), range(3)))
    assert len({endpoint.url for endpoint in endpoints}) == 1
    assert sum(endpoint.started for endpoint in endpoints) == 1


def test_the_port_survives_a_restart(folder: Path) -> None:
    first = emulator.start(folder)
    emulator.stop(folder)
    assert emulator.start(folder).url == first.url


@linux
def test_it_listens_on_loopback_only(folder: Path) -> None:
    port = int(emulator.start(folder).url.rpartition(":")[2])
    listening = {
        line.split()[1].split(":")[0]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == port
    }
    assert listening == {"0100007F"}


@linux
def test_it_sees_nothing_of_the_users_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "private")
    monkeypatch.setenv("MY_SECRET", "private")
    emulator.start(folder)
    pid = emulator.status(folder).pid
    seen = Path(f"/proc/{pid}/environ").read_text()
    assert "private" not in seen
    assert f"HOME={folder / 'emulator'}" in seen


def test_calls_without_a_grant_are_refused(folder: Path) -> None:
    endpoint = emulator.start(folder)
    iam = client(endpoint, "iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    stranger = Endpoint(endpoint.url, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    with pytest.raises(ClientError) as refused:
        client(stranger, "sqs").create_queue(QueueName="q")
    assert "AccessDenied" in refused.value.response["Error"]["Code"]


def test_reset_forgets_what_was_made(folder: Path) -> None:
    sqs = client(emulator.start(folder), "sqs")
    sqs.create_queue(QueueName="q")
    assert emulator.reset(folder) is True
    assert sqs.list_queues().get("QueueUrls", []) == []


def test_reset_without_an_emulator(folder: Path) -> None:
    assert emulator.reset(folder) is False


def test_an_emulator_that_was_killed_is_started_again(folder: Path) -> None:
    emulator.start(folder)
    pid = emulator.status(folder).pid
    assert pid
    os.killpg(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while emulator.status(folder).running:
        assert time.monotonic() < deadline
    assert emulator.start(folder).started


def test_another_process_with_the_same_pid_is_left_alone(folder: Path) -> None:
    state.write(folder, state.State(os.getpid(), "1", 1, "tag", "log"))
    assert emulator.status(folder).running is False
    assert emulator.stop(folder) is False


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"pid": "x"}), json.dumps({"pid": 1})])
def test_a_state_file_that_makes_no_sense_counts_as_none(folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / state.FILE_NAME).write_text(content)
    assert emulator.status(folder) == emulator.Status(running=False)


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CloudError) as refused:
            emulator.start(folder, port=port)
    assert str(port) in refused.value.what


def test_a_project_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CloudError, match="nowhere to keep"):
        emulator.start(tmp_path / "file" / ".motia")


def test_aws_endpoint_url_wins_when_it_answers(
    emulator_endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator_endpoint.url)
    found = emulator.endpoint(tmp_path)
    assert (found.url, found.owned) == (emulator_endpoint.url, False)
    assert not (tmp_path / ".motia").exists()


def test_aws_endpoint_url_that_does_not_answer_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(CloudError) as refused:
        emulator.endpoint(tmp_path)
    assert refused.value.where == "http://127.0.0.1:1"


LOOK = """
exports.handler = async () => {
  try { return require('only-here') } catch (error) { return error.code }
}
"""


def test_a_function_finds_no_package_of_the_project_that_it_did_not_bring(folder: Path) -> None:
    package = folder.parent / "node_modules/only-here"
    package.mkdir(parents=True)
    (package / "index.js").write_text("module.exports = 'found'\n")
    (folder.parent / "package.json").write_text("{}")
    endpoint = emulator.start(folder)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.js", LOOK)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = client(endpoint, "iam").create_role(RoleName="look", AssumeRolePolicyDocument=json.dumps(trust))
    functions = client(endpoint, "lambda")
    functions.create_function(
        FunctionName="look",
        Runtime="nodejs22.x",
        Handler="index.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": content.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="look")
    assert json.load(functions.invoke(FunctionName="look")["Payload"]) == "MODULE_NOT_FOUND"
