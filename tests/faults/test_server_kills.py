"""kill -9 of `motia dev` or `motia start`, or of a worker, at any moment under load.

No event whose POST was answered is lost, and an event runs again only when the kill ended its attempt before its
success was recorded.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from motia_process import MotiaProcess, alive, descendants
from stored_messages import stored
from waiting import eventually

from .kill_app import GROUP, STEPS, Attempt, read_ledger, write_app

CLIENTS = 4
PAUSE_S = 0.01  # of a client between two posts: the backlog shall stay short
RECORDING_S = 1.0  # from the last line of an attempt to its success on disk, on a machine that is busy


@dataclass
class Client(threading.Thread):
    """Posts events of one FIFO group, one after the other, until told to stop."""

    group: int
    app: MotiaProcess
    stop: threading.Event
    accepted: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return self.group

    def run(self) -> None:
        n = self.group * GROUP
        while not self.stop.wait(PAUSE_S):
            n += 1  # a number whose answer was lost is not sent again: the event may be there
            try:
                if self._post(n) == 202:
                    self.accepted.append(n)
            except (OSError, http.client.HTTPException):
                continue

    def _post(self, n: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=20)
        try:
            body = json.dumps({"n": n, "group": self.group})
            connection.request("POST", "/take", body, {"content-type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()


@dataclass
class Siege:
    """The kills, and what each server that was killed left on disk."""

    app: MotiaProcess
    environment: dict[str, str]
    chance: random.Random
    killed: dict[int, float] = field(default_factory=dict)  # process id -> when
    kept: dict[int, dict[tuple[str, int], int]] = field(default_factory=dict)  # server -> its messages

    def restart(self) -> None:
        self.app.lines.clear()
        self.app.start(env=self.environment)

    def kill(self) -> None:
        """Kill a worker, or the server, or the server and then the next one while it starts."""
        assert self.app.process is not None
        self._pause(0.8)
        workers = descendants(self.app.process.pid)
        if workers and self.chance.random() < 0.5:
            self._end(self.chance.choice(workers))
            return
        self._kill_server()
        if self.chance.random() < 0.2:
            self.app.launch(env=self.environment)
            self._pause(1.2)
            self._kill_server()
        self.restart()

    def _kill_server(self) -> None:
        assert self.app.process is not None
        pid = self.app.process.pid
        self._end(pid)
        self.app.process.wait()
        self.kept[pid] = stored(self.app.root / ".motia")

    def _end(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # a worker that another kill has just taken along
        self.killed[pid] = time.time()

    def _pause(self, most_s: float) -> None:
        threading.Event().wait(self.chance.random() * most_s)  # the moment is the input of this test

    def check_repeat(self, event: tuple[str, int], before: Attempt, after: Attempt) -> None:
        """An attempt that follows another: a kill ended the first one, and its success was not recorded."""
        ends = [self.killed[pid] for pid in (before.worker, before.server) if pid in self.killed]
        assert ends, f"{event} runs again though nothing killed its attempt: {before}, {after}"
        if before.ended is not None:
            late = min(ends) - before.ended
            assert late < RECORDING_S, f"{event} runs again {late:.2f} s after its success: {before}, {after}"
        if after.server != before.server:
            assert event in self.kept[before.server], f"{event} runs again after its success was recorded"


def processes_of(root: Path) -> list[int]:
    """Every process that was started for the project at `root`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(root).encode() in (entry / "cmdline").read_bytes() and alive(int(entry.name)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def check_order(attempts: dict[tuple[str, int], list[Attempt]]) -> None:
    """The events of a group succeeded for the first time in the order they were sent."""
    groups: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (step, n), begun in attempts.items():
        if step == "ordered":
            groups[n // GROUP].append((min(a.ended for a in begun if a.ended is not None), n))
    for succeeded in groups.values():
        numbers = [n for _, n in sorted(succeeded)]
        assert numbers == sorted(numbers)


def besiege(tmp_path: Path, command: str, kills: int, seed: int, language: str) -> None:
    root, ledger = tmp_path / "app", tmp_path / "ledger"
    write_app(root, language)
    app = MotiaProcess(root, command)
    siege = Siege(app, {"LEDGER": str(ledger)}, random.Random(seed))
    stop = threading.Event()
    clients = [Client(group, app, stop) for group in range(1, CLIENTS + 1)]
    try:
        siege.restart()
        for client in clients:
            client.start()
        for _ in range(kills):
            siege.kill()
        eventually(lambda: all(client.accepted for client in clients))
        stop.set()
        for client in clients:
            client.join()
        accepted = {n for client in clients for n in client.accepted}
        for step in ("plain", "ordered"):
            eventually(lambda step=step: accepted <= {*json.loads(app.get(f"/recorded/{step}")[1])}, within_s=60)
        eventually(lambda: not stored(root / ".motia"), within_s=60, every_s=0.5)
        assert app.stop() == 0
    finally:
        stop.set()
        if app.process is not None and app.process.poll() is None:
            app.process.kill()
            app.process.wait()
    eventually(lambda: not processes_of(root))
    attempts = read_ledger(ledger)
    for event in [(step, n) for step in STEPS for n in accepted]:
        assert any(attempt.ended for attempt in attempts[event]), f"{event} was accepted and is lost"
    for event, begun in attempts.items():
        for before, after in itertools.pairwise(begun):
            siege.check_repeat(event, before, after)
    check_order(attempts)
    assert len(accepted) > 10 * kills, "there was load"


@pytest.mark.parametrize(
    ("command", "language"),
    [
        ("dev", "python"),
        ("start", "typescript"),
        pytest.param("dev", "typescript", marks=pytest.mark.slow),
        pytest.param("start", "python", marks=pytest.mark.slow),
    ],
)
def test_six_kills_lose_no_event_and_repeat_unfinished_attempts_only(
    tmp_path: Path, command: str, language: str
) -> None:
    besiege(tmp_path, command, 6, 1, language)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", ["dev", "start"])
@pytest.mark.parametrize(("language", "seed"), [("python", 2), ("python", 3), ("typescript", 4)])
def test_fifty_kills_lose_no_event_and_repeat_unfinished_attempts_only(
    tmp_path: Path, command: str, language: str, seed: int
) -> None:
    besiege(tmp_path, command, 50, seed, language)
