"""Adapters with one mistake each: the contract finds every one, and finds nothing in the same adapter without it."""

from __future__ import annotations

import asyncio
import json
from inspect import isawaitable
from typing import Any

import pytest

from motia.adapters import CronLock, Event, StateItem, StateItemsInput
from motia.adapters.memory import MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter
from motia.adapters.memory_events import MemoryEventAdapter
from motia.testing.contract import (
    CronAdapterContract,
    EventAdapterContract,
    StateAdapterContract,
    StreamAdapterContract,
    failures,
)


class LosesFalsyValues(MemoryStateAdapter):
    async def get(self, group_id: str, key: str) -> Any:
        return await super().get(group_id, key) or None


class FindsGroupsByPrefix(MemoryStateAdapter):
    async def get_group(self, group_id: str) -> list[Any]:
        return [value for group, some in self._groups.items() if group.startswith(group_id) for value in some.values()]


class JoinsGroupAndKey(MemoryStateAdapter):
    async def get(self, group_id: str, key: str) -> Any:
        wanted = f"{group_id}:{key}"
        found = [v for g, some in self._groups.items() for k, v in some.items() if f"{g}:{k}" == wanted]
        return found[-1] if found else None


class ClearsTooMuch(MemoryStateAdapter):
    async def clear(self, group_id: str) -> None:
        for group in [group for group in self._groups if group.startswith(group_id)]:
            del self._groups[group]


class ReturnsNothingForDelete(MemoryStateAdapter):
    async def delete(self, group_id: str, key: str) -> Any:
        await super().delete(group_id, key)


class GivesOutItsOwnValues(MemoryStateAdapter):
    async def get(self, group_id: str, key: str) -> Any:
        return self._groups.get(group_id, {}).get(key)


class KeepsTextOnly(MemoryStateAdapter):
    async def get(self, group_id: str, key: str) -> Any:
        found = await super().get(group_id, key)
        return found if found is None else str(found)


class ForgetsTheTraceId(MemoryStateAdapter):
    async def items(self, input: StateItemsInput) -> list[StateItem]:
        return await super().items(StateItemsInput(input.group_id))


class ListsEmptyGroups(MemoryStateAdapter):
    async def delete(self, group_id: str, key: str) -> Any:
        return self._groups.get(group_id, {}).pop(key, None)


class KeepsItsIdOut(MemoryStreamAdapter):
    async def get_group(self, group_id: str) -> list[dict[str, Any]]:
        return [{**item, "id": None} for item in await super().get_group(group_id)]


class TakesTheIdOfTheData(MemoryStreamAdapter):
    async def set(self, group_id: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        return await super().set(group_id, data.get("id", id), data)


class SortsById(MemoryStreamAdapter):
    async def get_group(self, group_id: str) -> list[dict[str, Any]]:
        return sorted(await super().get_group(group_id), key=lambda item: item["id"])


class MergesItems(MemoryStreamAdapter):
    async def set(self, group_id: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        return await super().set(group_id, id, {**(await self.get(group_id, id) or {}), **data})


class TellsEverybody(MemoryStreamAdapter):
    async def send(self, channel: Any, event: Any) -> None:
        for group_id, id in list(self._handlers()):
            for handler in self._handlers()[group_id, id]:
                result = handler(event)
                if isawaitable(result):
                    await result


class LosesTheTrace(MemoryEventAdapter):
    async def emit(self, event: Event) -> None:
        await super().emit(Event(event.topic, event.data))


class LosesEmptyData(MemoryEventAdapter):
    async def emit(self, event: Event) -> None:
        if event.data["data"] if isinstance(event.data, dict) and "data" in event.data else True:
            await super().emit(event)


class TellsTwice(MemoryEventAdapter):
    async def emit(self, event: Event) -> None:
        await super().emit(event)
        await super().emit(event)


class TellsOneStepOnly(MemoryEventAdapter):
    async def subscribe(self, topic: str, step_name: str, handler: Any, options: Any = None) -> Any:
        return await super().subscribe(topic, "one", handler, options)


class NeverTriesAgain(MemoryEventAdapter):
    async def subscribe(self, topic: str, step_name: str, handler: Any, options: Any = None) -> Any:
        async def once(event: Event) -> None:
            try:
                await handler(event)
            except ValueError:
                return

        return await super().subscribe(topic, step_name, once, options)


class MixesGroups(MemoryEventAdapter):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent = 0

    async def emit(self, event: Event) -> None:
        self.sent += 1
        if event.message_group_id is None:
            await super().emit(event)
            return
        asyncio.get_running_loop().call_later(0.05 / self.sent, self._late, event)

    def _late(self, event: Event) -> None:
        self.task = asyncio.ensure_future(super().emit(event))


class KeepsSubscriptions(MemoryEventAdapter):
    async def unsubscribe(self, handle: Any) -> None:
        return


class DoesNotWait(MemoryEventAdapter):
    def _later(self, delay_s: float, *arguments: Any) -> None:
        super()._later(0, *arguments)


class GivesALockToEverybody(MemoryCronAdapter):
    async def acquire_lock(self, job_name: str, ttl_ms: int) -> CronLock | None:
        self._locks.pop(job_name, None)
        return await super().acquire_lock(job_name, ttl_ms)


class KeepsLocksForEver(MemoryCronAdapter):
    async def acquire_lock(self, job_name: str, ttl_ms: int) -> CronLock | None:
        return None if job_name in self._locks else await super().acquire_lock(job_name, ttl_ms)


class ReleasesAnothersLock(MemoryCronAdapter):
    async def release_lock(self, lock: CronLock) -> None:
        self._locks.pop(lock.job_name, None)


class RenewsWhatHasEnded(MemoryCronAdapter):
    async def renew_lock(self, lock: CronLock, ttl_ms: int) -> bool:
        await super().renew_lock(lock, ttl_ms)
        return True


class CountsSeconds(MemoryCronAdapter):
    def _now(self) -> int:
        return super()._now() // 1000


BROKEN: dict[type, list[type]] = {
    StateAdapterContract: [
        LosesFalsyValues,
        FindsGroupsByPrefix,
        JoinsGroupAndKey,
        ClearsTooMuch,
        ReturnsNothingForDelete,
        GivesOutItsOwnValues,
        KeepsTextOnly,
        ForgetsTheTraceId,
        ListsEmptyGroups,
    ],
    StreamAdapterContract: [KeepsItsIdOut, TakesTheIdOfTheData, SortsById, MergesItems, TellsEverybody],
    EventAdapterContract: [
        LosesTheTrace,
        LosesEmptyData,
        TellsTwice,
        TellsOneStepOnly,
        NeverTriesAgain,
        MixesGroups,
        KeepsSubscriptions,
        DoesNotWait,
    ],
    CronAdapterContract: [
        GivesALockToEverybody,
        KeepsLocksForEver,
        ReleasesAnothersLock,
        RenewsWhatHasEnded,
        CountsSeconds,
    ],
}
SOUND = {
    StateAdapterContract: MemoryStateAdapter,
    StreamAdapterContract: MemoryStreamAdapter,
    EventAdapterContract: MemoryEventAdapter,
    CronAdapterContract: MemoryCronAdapter,
}


def run(contract: Any, adapter: Any) -> dict[str, BaseException]:
    """The failures of an adapter that shares nothing between its instances."""
    options = {"retry_delay_s": 0.02} if contract is EventAdapterContract else {}

    class Alone(contract):  # type: ignore[misc]
        shared = False
        delays = adapter in (DoesNotWait, MemoryEventAdapter)  # this takes a second
        within_s = 1.5 if delays else 0.3
        quiet_s = 0.05

        def make_adapter(self, *arguments: Any) -> Any:
            return adapter(*arguments, **options)

    return failures(Alone())


CASES = [(contract, adapter) for contract, adapters in BROKEN.items() for adapter in adapters]


@pytest.mark.parametrize(("contract", "adapter"), CASES, ids=[adapter.__name__ for _, adapter in CASES])
def test_a_mistake_is_found(contract: type, adapter: type) -> None:
    assert run(contract, adapter)


@pytest.mark.parametrize("contract", SOUND, ids=lambda contract: contract.__name__)
def test_an_adapter_without_mistakes_passes(contract: type) -> None:
    assert run(contract, SOUND[contract]) == {}


def test_a_promise_that_is_not_made_is_not_tested() -> None:
    class Modest(EventAdapterContract):
        shared = retries = delays = False
        quiet_s = 0.05

        def make_adapter(self) -> NeverTriesAgain:
            return NeverTriesAgain()

    assert failures(Modest()) == {}


def test_a_contract_without_an_adapter_says_what_to_define() -> None:
    [error, *_] = failures(StateAdapterContract()).values()
    assert "define make_adapter" in str(error)


def test_values_that_json_cannot_hold_apart_are_told_apart() -> None:
    class KeepsTrueAsOne(MemoryStateAdapter):
        async def get(self, group_id: str, key: str) -> Any:
            found = await super().get(group_id, key)
            return json.loads(json.dumps(found).replace("true", "1")) if found is not None else None

    assert "test_a_value_comes_back_as_it_was_stored" in run(StateAdapterContract, KeepsTrueAsOne)
