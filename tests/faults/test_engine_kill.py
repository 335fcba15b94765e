"""kill -9 at any moment: no accepted event is lost, none runs after its success was recorded."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from motia_local.engine.database import DATABASE_FILE
from stored_messages import stored

PROGRAM = Path(__file__).with_name("engine_program.py")


def start(mode: str, folder: Path, ledger: Path, first: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), mode, str(folder), str(ledger), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_after(process: subprocess.Popen[str], seconds: float) -> None:
    try:
        process.wait(seconds)
        raise AssertionError(f"ended by itself with {process.returncode}")
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Ledger:
    """What the killed processes wrote, read run by run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.accepted: set[int] = set()
        self.ended: dict[tuple[str, int], int] = {}
        self.attempts: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.order: dict[int, list[int]] = defaultdict(list)

    def read_run(self, before: dict[tuple[str, int], int]) -> None:
        """Take in one run; `before`: the messages the database held when it started."""
        text = self.path.read_text()[self.offset :] if self.path.exists() else ""
        self.offset += len(text)
        old = self.accepted | {n for _, n in before} | {n for _, n in self.attempts}
        for line in text.splitlines():
            kind, *rest = line.split()
            if kind == "accepted":
                self.accepted.add(int(rest[0]))
                continue
            queue, n, attempt = rest[0], int(rest[1]), int(rest[2])
            event = queue, n
            if kind == "end":
                self.ended[event] = attempt
                continue
            assert event in before or n not in old, f"{event} runs again after its success was recorded"
            begun = self.attempts[event]
            assert attempt > (begun[-1] if begun else 0), f"attempt {attempt} of {event} begins twice"
            if queue == "fifo":
                self._in_order(n)
            begun.append(attempt)

    def _in_order(self, n: int) -> None:
        group = self.order[n // 1_000_000]
        if group and n != group[-1]:
            assert n > group[-1], f"{n} begins after {group[-1]}"
            assert ("fifo", group[-1]) in self.ended, f"{n} begins before {group[-1]} has succeeded"
        if not group or n != group[-1]:
            group.append(n)

    def check_nothing_lost(self, kept: dict[tuple[str, int], int]) -> None:
        for n in self.accepted:
            for queue in ("standard", "fifo"):
                assert (queue, n) in kept or (queue, n) in self.ended, f"{queue} {n} was accepted and is lost"


def kills(tmp_path: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    folder, ledger = tmp_path / "motia", Ledger(tmp_path / "ledger")
    kept: dict[tuple[str, int], int] = {}
    for run in range(count):
        process = start("load", folder, ledger.path, first=run * 10_000)
        if chance.random() < 0.8:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            kill_after(process, chance.random() * 0.25)
        else:
            kill_after(process, chance.random() * 0.4)
        before, kept = kept, stored(folder)
        ledger.read_run(before)
        ledger.check_nothing_lost(kept)
    process = start("drain", folder, ledger.path)
    process.communicate(timeout=100)
    assert process.returncode == 0
    before, kept = kept, stored(folder)
    ledger.read_run(before)
    assert kept == {}
    ledger.check_nothing_lost(kept)
    assert len(ledger.accepted) > 20 * count, "there was load"


def test_eight_kills_lose_nothing_and_repeat_unfinished_attempts_only(tmp_path: Path) -> None:
    kills(tmp_path, 8, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_fifty_kills_lose_nothing_and_repeat_unfinished_attempts_only(tmp_path: Path, seed: int) -> None:
    kills(tmp_path, 50, seed)


def test_a_message_that_kills_the_process_is_dead_after_its_attempts(tmp_path: Path) -> None:
    folder, ledger = tmp_path / "motia", tmp_path / "ledger"
    for run in range(3):
        process = start("poison", folder, ledger, first=run)
        process.communicate(timeout=60)
        assert process.returncode == -9
    process = start("poison", folder, ledger, first=3)
    process.communicate(timeout=60)
    assert process.returncode == 0
    lines = ledger.read_text().splitlines()
    assert [line for line in lines if "poison poison" in line] == [f"begin poison poison {n}" for n in (1, 2, 3)]
    assert "end poison innocent 1" in lines
    with sqlite3.connect(folder / DATABASE_FILE) as connection:
        ((body, attempts, error),) = connection.execute("SELECT body, attempts, error FROM dead_letters")
    assert (body, attempts) == ('"poison"', 3)
    assert "did not finish" in error
