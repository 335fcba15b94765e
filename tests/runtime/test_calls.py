"""A call on the context happens whether or not it is awaited."""

import asyncio
import threading
from typing import Any

import pytest

from motia.calls import Calls


class Log:
    """Work that notes when it runs."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.failures: list[tuple[str, str]] = []

    async def work(self, name: str, error: Exception | None = None) -> str:
        await asyncio.sleep(0)
        if error:
            raise error
        self.done.append(name)
        return name

    def failed(self, name: str, error: BaseException) -> None:
        self.failures.append((name, str(error)))


def run(scenario: Any) -> Log:
    log = Log()

    async def main() -> None:
        calls = Calls()
        await scenario(calls, log)
        await calls.drain(log.failed, 5)

    asyncio.run(main())
    return log


def test_an_awaited_call_gives_its_value() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        assert await calls.make("a", log.work("a")) == "a"
        assert log.done == ["a"]

    assert run(scenario).failures == []


def test_a_call_nobody_awaits_is_made_and_its_failure_told() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        calls.make("a", log.work("a"))
        calls.make("b", log.work("b", ValueError("no")))

    log = run(scenario)
    assert (log.done, log.failures) == (["a"], [("b", "no")])


def test_a_failure_that_was_awaited_is_not_told_again() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        with pytest.raises(ValueError, match="no"):
            await calls.make("a", log.work("a", ValueError("no")))
        later = calls.make("b", log.work("b", ValueError("no")))
        await asyncio.sleep(0.01)
        with pytest.raises(ValueError, match="no"):
            await later

    assert run(scenario).failures == []


def test_calls_run_in_the_order_they_were_made() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        calls.make("a", log.work("a"))
        calls.make("b", log.work("b"))
        await asyncio.sleep(0)
        await calls.make("c", log.work("c"))

    assert run(scenario).done == ["a", "b", "c"]


def test_asyncio_takes_a_call_for_a_coroutine() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        assert await asyncio.gather(*(calls.make(name, log.work(name)) for name in "ab")) == ["a", "b"]
        assert await asyncio.create_task(calls.make("c", log.work("c"))) == "c"
        assert await asyncio.wait_for(calls.make("d", log.work("d")), 5) == "d"
        assert await asyncio.shield(calls.make("e", log.work("e"))) == "e"
        async with asyncio.TaskGroup() as group:
            task = group.create_task(calls.make("f", log.work("f")))
        assert task.result() == "f"

    assert run(scenario).done == list("abcdef")


def test_a_call_that_takes_too_long_is_given_up_and_told() -> None:
    log = Log()

    async def main() -> None:
        calls = Calls()
        calls.make("slow", asyncio.Event().wait())
        await calls.drain(log.failed, 0.05)

    asyncio.run(main())
    assert log.failures == [("slow", "not done after 0.05 s")]


def test_a_call_from_a_thread_is_made_on_the_loop() -> None:
    loops: list[object] = []

    async def where() -> str:
        loops.append(asyncio.get_running_loop())
        return "there"

    async def scenario(calls: Calls, log: Log) -> None:
        def in_thread() -> str:
            calls.make("unawaited", where())
            return asyncio.run(calls.make("awaited", where()))

        assert await asyncio.to_thread(in_thread) == "there"
        assert loops == [calls.loop, calls.loop]

    run(scenario)


def test_a_call_from_a_thread_that_fails_unseen_is_told() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        await asyncio.to_thread(lambda: calls.make("a", log.work("a", ValueError("no"))) and None)

    assert run(scenario).failures == [("a", "no")]


def test_a_call_of_a_call_is_waited_for() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        async def outer() -> None:
            calls.make("inner", log.work("inner"))

        calls.make("outer", outer())

    assert run(scenario).done == ["inner"]


def test_cancelling_the_waiter_cancels_the_call() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(calls.make("never", asyncio.Event().wait()), 0.02)

    assert run(scenario).failures == []


def test_a_thread_of_the_steps_own_is_heard() -> None:
    async def scenario(calls: Calls, log: Log) -> None:
        thread = threading.Thread(target=lambda: calls.make("a", log.work("a")))
        thread.start()
        await asyncio.to_thread(thread.join)

    assert run(scenario).done == ["a"]
