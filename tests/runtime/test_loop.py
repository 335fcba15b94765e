"""The loop of a sandbox lives on from call to call."""

import asyncio
import sys

import pytest

from motia import loop
from motia.errors import HandlerExit


def test_every_call_runs_on_the_same_loop() -> None:
    async def which() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert loop.run(which()) is loop.run(which()) is loop.current()


def test_a_task_left_behind_goes_on_in_the_next_call() -> None:
    done = asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()

    async def background() -> None:
        await asyncio.sleep(0)
        done.set()

    async def leave() -> None:
        tasks.add(asyncio.create_task(background()))

    loop.run(leave())
    loop.run(asyncio.wait_for(done.wait(), 5))


def test_a_task_that_exits_fails_the_call_and_not_the_process() -> None:
    async def leave() -> None:
        sys.exit(4)

    async def main() -> None:
        task = asyncio.create_task(leave())
        await asyncio.wait([task])

    with pytest.raises(HandlerExit, match=r"sys.exit\(4\)"):
        loop.run(main())

    async def after() -> int:
        return 1

    assert loop.run(after()) == 1
