"""A reload that the system refuses: it is told, and the next one takes up what it has left."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from motia.errors import MotiaError
from motia_local.dev.reload import Reloader
from motia_local.dev.snapshot import take


class Server:
    """Reloads as often as `failures` says not at all."""

    def __init__(self, root: Path, *failures: Exception) -> None:
        self.root = root
        self.view = None
        self.pool = SimpleNamespace(code=SimpleNamespace(last=None))
        self.asked: list[Any] = []
        self._failures = list(failures)

    async def reload(self, languages: Any) -> str:
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


def test_what_could_not_be_served_is_with_the_next_save(tmp_path):
    full = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    server, reporter = Server(tmp_path, full, full), Reporter()

    async def body():
        reloader: Any = Reloader(server, reporter, take(tmp_path))
        reloader.start()
        try:
            async with asyncio.timeout(20):
                for number, name in enumerate(("a_step.py", "b.step.ts", "c.step.ts"), 1):
                    save(tmp_path / name)
                    while len(server.asked) < number or len(reporter.failures) + reporter.reloads < number:
                        await asyncio.sleep(0.01)
                save(tmp_path / "d.step.ts")
                while reporter.reloads < 2:
                    await asyncio.sleep(0.01)
        finally:
            await reloader.stop()

    asyncio.run(body())
    assert ["Too many open files" in str(failure) for failure in reporter.failures] == [True, True]
    assert server.asked == [{"python"}, {"python", "node"}, {"python", "node"}, {"node"}]
