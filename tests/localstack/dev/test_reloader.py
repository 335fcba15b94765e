"""What no save tells of: a reload that the system refuses, a file that changes while it is read for the first time."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from motia.errors import MotiaError
from motia_local.dev.reload import Reloader
from motia_local.dev.snapshot import take
from motia_local.server.local import Superseded


class Server:
    """Reloads as often as `failures` says not at all."""

    def __init__(self, root: Path, *failures: Exception) -> None:
        self.root = root
        self.view: Any = None
        self.pool: Any = SimpleNamespace(code=SimpleNamespace(last=None))
        self.asked: list[Any] = []
        self._failures = list(failures)

    async def reload(self, languages: Any, *, newer: asyncio.Event) -> str:
        self.asked.append(languages)
        if self._failures:
            raise self._failures.pop(0)
        return "report"


class Reporter:
    def __init__(self) -> None:
        self.failures: list[MotiaError] = []
        self.reloads = 0

    def failed(self, error: MotiaError) -> None:
        self.failures.append(error)

    def reloaded(self, *_: object) -> None:
        self.reloads += 1


def save(file: Path) -> None:
    """At once: nobody sees half of it."""
    new = file.with_name(".new")
    new.write_text("1")
    new.rename(file)


@asynccontextmanager
async def reloading(server: Server, reporter: Reporter, since: int | None = None) -> AsyncIterator[Any]:
    """A reloader at work for 20 seconds at most. since: nanoseconds; when the files were read that are served."""
    reloader: Any = Reloader(server, reporter, take(server.root), since or time.time_ns())
    reloader.start()
    try:
        async with asyncio.timeout(20):
            yield reloader
    finally:
        await reloader.stop()


@pytest.mark.parametrize("late", [False, True])
def test_a_file_from_outside_that_changed_while_it_was_read_is_read_again(tmp_path, late):
    root, file = tmp_path / "app", tmp_path / "lib/words.ts"
    root.mkdir()
    file.parent.mkdir()
    file.write_text("1")
    server, reporter = Server(root), Reporter()
    project = SimpleNamespace(root=root, steps=(), streams=(), stream_auth=None)
    server.view = SimpleNamespace(project=project, problems=())
    server.pool.code.last = SimpleNamespace(inputs={"a.step.ts": ("../lib/words.ts",)}, problems={})
    since = time.time_ns() + (-1 if late else 1) * 60_000_000_000

    async def body():
        async with reloading(server, reporter, since):
            await asyncio.sleep(0.5)  # nothing may come, for one of the two

    asyncio.run(body())
    assert server.asked == ([{"node"}] if late else [])


def test_what_could_not_be_served_is_with_the_next_save(tmp_path):
    full = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    server, reporter = Server(tmp_path, full, full), Reporter()

    async def body():
        async with reloading(server, reporter):
            for number, name in enumerate(("a_step.py", "b.step.ts", "c.step.ts"), 1):
                save(tmp_path / name)
                while len(server.asked) < number or len(reporter.failures) + reporter.reloads < number:
                    await asyncio.sleep(0.01)
            save(tmp_path / "d.step.ts")
            while reporter.reloads < 2:
                await asyncio.sleep(0.01)

    asyncio.run(body())
    assert ["Too many open files" in str(failure) for failure in reporter.failures] == [True, True]
    assert server.asked == [{"python"}, {"python", "node"}, {"python", "node"}, {"node"}]


def test_a_reload_that_gave_way_to_a_change_that_was_none_is_made_up_for(tmp_path):
    server, reporter = Server(tmp_path, Superseded()), Reporter()

    async def body():
        async with reloading(server, reporter) as reloader:
            save(tmp_path / "a_step.py")
            while not server.asked:
                await asyncio.sleep(0.01)
            while not reporter.reloads:  # an editor touches what it has written
                reloader._tell()
                await asyncio.sleep(0.05)

    asyncio.run(body())
    assert server.asked == [{"python"}, {"python"}]


def test_a_fault_of_ours_is_told(tmp_path):
    server, reporter = Server(tmp_path, ZeroDivisionError("here")), Reporter()

    async def body():
        async with reloading(server, reporter):
            save(tmp_path / "a_step.py")
            while not reporter.failures:
                await asyncio.sleep(0.01)

    asyncio.run(body())
    assert "saved files are not served any more: ZeroDivisionError: here" in str(reporter.failures[0])
