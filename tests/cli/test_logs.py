"""`motia logs` and `motia emit` against a live server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack.server.conftest import Site
from waiting import eventually

MOTIA = str(Path(sys.executable).with_name("motia"))


def environment(**more: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("MOTIA_")} | more


def motia(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MOTIA, *arguments], capture_output=True, text=True, timeout=60, env=environment(**more))


class Following:
    """A `motia logs --follow` and what it has printed."""

    def __init__(self, *arguments: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [MOTIA, "logs", "--follow", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, text: str) -> None:
        eventually(lambda: any(text in line for line in self.lines), every_s=0.05)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self.reader.join(10)
        return code


def log(site: Site, *records: tuple[str, str, str, str]) -> None:
    """Keep records: (level, step, trace id, message)."""

    async def add() -> None:
        for level, step, trace_id, message in records:
            record = {"level": level, "step": step, "traceId": trace_id, "flows": [], "msg": message, "n": len(message)}
            site.live.server.services.log(None, record)

    site.live.run(add())


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("logs"))
    site.start()
    log(site, ("info", "A", "T1", "one"), ("warn", "B", "T1", "two"), ("error", "A", "T2", "three"))
    log(site, ("debug", "B", "T2", "four"))
    yield site
    site.live.stop()


def messages(site: Site, *options: str) -> list[str]:
    done = motia("logs", "--json", "--port", str(site.live.server.port), *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["msg"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["one", "two", "three", "four"]),
        (["--step", "A"], ["one", "three"]),
        (["--level", "warn"], ["two", "three"]),
        (["--level", "debug"], ["one", "two", "three", "four"]),
        (["--trace", "T2", "--level", "error"], ["three"]),
        (["-n", "2"], ["three", "four"]),
        (["-n", "0"], []),
        (["--step", "none"], []),
    ],
)
def test_records_are_chosen(live: Site, options: list[str], expected: list[str]) -> None:
    assert messages(live, *options) == expected


def test_records_are_shown_as_the_server_shows_them(live: Site) -> None:
    done = motia("logs", "--step", "A", "-n", "1", "-p", str(live.live.server.port))
    first, second = done.stdout.splitlines()
    assert first.endswith("] T2 [ERROR] A three")
    assert second == "└ n: 5"
    assert "\x1b" not in done.stdout


def test_following_shows_what_comes_and_ends_with_the_interrupt(live: Site) -> None:
    following = Following("-p", str(live.live.server.port), "--step", "New", "--json")
    log(live, ("info", "New", "T3", "first"), ("info", "Other", "T3", "not shown"))
    following.says("first")
    log(live, ("info", "New", "T3", "second"))
    following.says("second")
    assert following.end() == 130
    assert [json.loads(line)["msg"] for line in following.lines if line.startswith("{")] == ["first", "second"]


def test_following_outlives_a_restart_of_the_server(tmp_path: Path) -> None:
    def start(port: int) -> Site:
        site = Site(tmp_path, {"workers": 1, "port": port})
        site.start()
        return site

    site = start(0)
    port = site.live.server.port
    following = Following("-p", str(port), "--json")
    try:
        log(site, ("info", "A", "T", "before"))
        following.says("before")
        site.live.stop()
        following.says("waiting for it")
        site = start(port)
        log(site, ("info", "A", "T", "after"))
        following.says("after")
    finally:
        site.live.stop()
        following.end()
    assert [json.loads(line)["msg"] for line in following.lines if line.startswith("{")] == ["before", "after"]


def test_without_a_server_it_says_where_it_looked() -> None:
    for options in ([], ["--follow"]):
        done = motia("logs", "--port", "9", *options)
        assert done.returncode == 1
        assert "http://127.0.0.1:9/__motia/logs" in done.stderr
        assert "motia dev" in done.stderr


def test_another_server_is_not_taken_for_ours() -> None:
    other = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert other.stdout is not None
        port = other.stdout.readline().split(" port ")[1].split()[0]
        done = motia("logs", "--port", port)
        assert (done.returncode, "not a motia server" in done.stderr) == (1, True)
    finally:
        other.kill()
        other.wait(10)


@pytest.mark.parametrize("options", [["--level", "loud"], ["-n", "-1"], ["--port", "x"]])
def test_a_wrong_option_is_the_command_lines_fault(options: list[str]) -> None:
    assert motia("logs", *options).returncode == 2


def test_the_token_of_the_environment_is_sent(tmp_path: Path) -> None:
    site = Site(tmp_path, {"memory": True, "workers": 1, "host": "0.0.0.0", "admin_token": "secret"})
    site.start()
    try:
        port = str(site.live.server.port)
        for command in (["logs", "-p", port], ["emit", "--topic", "x", "--message", "{}", "-p", port]):
            refused = motia(*command)
            assert (refused.returncode, "MOTIA_ADMIN_TOKEN" in refused.stderr) == (1, True)
            assert motia(*command, MOTIA_ADMIN_TOKEN="wrong").returncode == 1
            assert motia(*command, MOTIA_ADMIN_TOKEN="secret").returncode == 0
    finally:
        site.live.stop()


def test_emit_says_what_was_sent_or_why_not(live: Site) -> None:
    port = str(live.live.server.port)
    done = motia("emit", "--topic", "some.topic", "--message", '{"a": "ü"}', "-p", port)
    assert done.returncode == 0
    assert '"topic": "some.topic"' in done.stdout
    refused = motia("emit", "--topic", "", "--message", "{}", "-p", port)
    assert (refused.returncode, "--topic is empty" in refused.stderr) == (2, True)
    live.event("ordered", "ordered", "pass", "'infrastructure': {'queue': {'type': 'fifo'}}")
    live.live.run(live.live.server.reload())
    refused = motia("emit", "--topic", "ordered", "--message", "{}", "-p", port)
    assert (refused.returncode, "with --group" in refused.stderr) == (2, True)
    assert motia("emit", "--topic", "ordered", "--message", "{}", "--group", "a", "-p", port).returncode == 0
