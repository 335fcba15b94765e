"""How contract tests get their adapters, and how they wait."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from inspect import isawaitable
from typing import Any, Generic, TypeVar

A = TypeVar("A")


class Contract(Generic[A]):
    """Tests of one adapter. Every test has a loop of its own, and adapters made in it.

    shared: adapters made one after another in a test see the same store, as several processes would.
    """

    shared: bool = True
    within_s: float = 10.0

    def make_adapter(self, *arguments: Any) -> A | Awaitable[A]:
        """A new adapter; to be defined by the test class. May be asynchronous."""
        raise NotImplementedError(f"define make_adapter in {type(self).__name__}")

    async def dismiss(self, adapter: A) -> None:
        """Let an adapter go after a test: calls its `cleanup` or `shutdown`."""
        end = getattr(adapter, "cleanup", None) or getattr(adapter, "shutdown", None)
        if end is not None:
            await end()

    def run(self, check: Callable[[Adapters[A]], Coroutine[Any, Any, None]]) -> None:
        """Run a test in a loop of its own; dismiss the adapters it made."""

        async def run() -> None:
            adapters = Adapters(self)
            try:
                await check(adapters)
            finally:
                for adapter in reversed(adapters.made):
                    await self.dismiss(adapter)

        asyncio.run(run())


class Adapters(Generic[A]):
    """Makes the adapters of one test."""

    def __init__(self, contract: Contract[A]) -> None:
        self._contract = contract
        self.made: list[A] = []

    async def new(self, *arguments: Any) -> A:
        """A new adapter."""
        made = self._contract.make_adapter(*arguments)
        adapter: A = await made if isawaitable(made) else made
        self.made.append(adapter)
        return adapter


def unique(name: str) -> str:
    """A name that no other test uses, whatever is left in a store."""
    return f"{name}-{uuid.uuid4().hex[:12]}"


async def eventually(check: Callable[[], Any], within_s: float, what: str) -> Any:
    """The first truthy result of `check`, which may be asynchronous."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        found = check()
        if isawaitable(found):
            found = await found
        if found:
            return found
        assert asyncio.get_running_loop().time() < deadline, f"not within {within_s:g} s: {what}"
        await asyncio.sleep(0.01)


def failures(contract: Contract[Any]) -> dict[str, BaseException]:
    """Run every test of a contract; those that fail, with their errors."""
    found: dict[str, BaseException] = {}
    for name in sorted(dir(contract)):
        if name.startswith("test_"):
            try:
                getattr(contract, name)()
            except Exception as error:
                found[name] = error
    return found
