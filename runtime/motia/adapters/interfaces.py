"""The adapters a project may bring: abstract classes, all methods asynchronous.

Values are JSON values, checked before an adapter sees them: groups, keys and ids are non-empty strings, stream data is
an object. An adapter may raise whatever it likes; the Step that called sees it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from inspect import isawaitable
from typing import Any, ClassVar, Generic, TypeVar

from motia.adapters.types import (
    BaseStreamItem,
    CronLock,
    CronLockInfo,
    Event,
    EventHandler,
    QueueConfig,
    StateItem,
    StateItemsInput,
    StreamChannel,
    StreamEvent,
    StreamEventHandler,
    StreamFilter,
    SubscriptionHandle,
)

TData = TypeVar("TData")


class StateAdapter(ABC):
    """Keeps the values of `context.state`, by group and key."""

    @abstractmethod
    async def get(self, group_id: str, key: str) -> Any:
        """The value, or None."""

    @abstractmethod
    async def set(self, group_id: str, key: str, value: Any) -> Any:
        """Store and return the value."""

    @abstractmethod
    async def delete(self, group_id: str, key: str) -> Any:
        """Remove and return the value, or None."""

    @abstractmethod
    async def get_group(self, group_id: str) -> list[Any]:
        """All values of a group."""

    @abstractmethod
    async def clear(self, group_id: str) -> None:
        """Remove all values of a group."""

    @abstractmethod
    async def keys(self, group_id: str) -> list[str]:
        """The keys of a group."""

    @abstractmethod
    async def trace_ids(self) -> list[str]:
        """The groups that have values. The reference calls a group's id a trace id here."""

    @abstractmethod
    async def items(self, input: StateItemsInput) -> list[StateItem]:
        """The values with their places, of one group or of all."""

    async def cleanup(self) -> None:
        """Release connections and files; what is stored stays. The adapter is not used afterwards."""
        return


class StreamAdapter(ABC, Generic[TData]):
    """Keeps the items of one stream; made once for each stream, with its name.

    Items come back as objects with their `id`, which is the one they were stored under.
    """

    def __init__(self, stream_name: str) -> None:
        self.stream_name = stream_name

    @abstractmethod
    async def get(self, group_id: str, id: str) -> BaseStreamItem | None:
        """The item, or None."""

    @abstractmethod
    async def set(self, group_id: str, id: str, data: TData) -> BaseStreamItem:
        """Create or replace an item and return it."""

    @abstractmethod
    async def delete(self, group_id: str, id: str) -> BaseStreamItem | None:
        """Remove an item and return it, or None."""

    @abstractmethod
    async def get_group(self, group_id: str) -> list[BaseStreamItem]:
        """The items of a group, oldest first."""

    async def send(self, channel: StreamChannel, event: StreamEvent) -> None:
        """Tell the handlers subscribed here to the group, and to the item when the channel has an `id`."""
        group_id, id = channel["groupId"], channel.get("id")
        for key in [(group_id, None)] if id is None else [(group_id, None), (group_id, id)]:
            for handler in list(self._handlers().get(key, ())):
                result = handler(event)
                if isawaitable(result):
                    await result

    async def subscribe(self, channel: StreamChannel, handler: StreamEventHandler) -> None:
        """Call `handler` for the events sent to a channel from now on."""
        self._handlers().setdefault((channel["groupId"], channel.get("id")), []).append(handler)

    async def unsubscribe(self, channel: StreamChannel) -> None:
        """Call the handlers of this channel no more."""
        self._handlers().pop((channel["groupId"], channel.get("id")), None)

    def _handlers(self) -> dict[tuple[str, str | None], list[StreamEventHandler]]:
        """Made when needed: an adapter's own `__init__` may not call ours."""
        found: dict[tuple[str, str | None], list[StreamEventHandler]] = self.__dict__.setdefault("_subscribed", {})
        return found

    async def clear(self, group_id: str) -> None:
        """Remove all items of a group."""
        for item in await self.get_group(group_id):
            await self.delete(group_id, item["id"])

    async def query(self, group_id: str, filter: StreamFilter) -> list[BaseStreamItem]:
        """The items of a group that pass the filter."""
        found = [
            item
            for item in await self.get_group(group_id)
            if all(key in item and item[key] == value for key, value in filter.where.items())
        ]
        if filter.order_by is not None:
            found = _ordered(found, filter.order_by, filter.descending)
        end = None if filter.limit is None else filter.offset + filter.limit
        return found[filter.offset : end]


class EventAdapter(ABC):
    """Carries events from those who emit them to the Steps that subscribe.

    usable_on_aws: deployed Steps may emit to it, because something brings the events on to the Steps' queues (see
    docs/adapters.md); without it a deploy is refused.
    """

    usable_on_aws: ClassVar[bool] = False

    @abstractmethod
    async def emit(self, event: Event) -> None:
        """Accept an event; it is not lost when this returns."""

    @abstractmethod
    async def subscribe(
        self, topic: str, step_name: str, handler: EventHandler, options: QueueConfig | None = None
    ) -> SubscriptionHandle:
        """Call `handler` for every event of a topic emitted from now on. Each Step gets each event.

        A handler that raises has failed: the adapter calls it again, up to `options.max_retries` times.
        """

    @abstractmethod
    async def unsubscribe(self, handle: SubscriptionHandle) -> None:
        """End a subscription; harmless when it has ended."""

    @abstractmethod
    async def shutdown(self) -> None:
        """End all subscriptions and release connections; harmless when repeated. The adapter is not used afterwards."""

    @abstractmethod
    async def get_subscription_count(self, topic: str) -> int:
        """How many subscriptions a topic has."""

    @abstractmethod
    async def list_topics(self) -> list[str]:
        """The topics that have subscriptions."""


class CronAdapter(ABC):
    """Gives out the locks that let a tick of a schedule run once, however many servers see it."""

    @abstractmethod
    async def acquire_lock(self, job_name: str, ttl_ms: int) -> CronLock | None:
        """The lock for `ttl_ms` milliseconds, or None when somebody holds it."""

    @abstractmethod
    async def release_lock(self, lock: CronLock) -> None:
        """Give a lock back; one that ended and has another holder stays with that one."""

    @abstractmethod
    async def renew_lock(self, lock: CronLock, ttl_ms: int) -> bool:
        """Hold the lock for `ttl_ms` milliseconds from now; False when it has ended."""

    @abstractmethod
    async def is_healthy(self) -> bool:
        """Whether locks can be had."""

    @abstractmethod
    async def shutdown(self) -> None:
        """Release connections. The adapter is not used afterwards."""

    @abstractmethod
    async def get_active_locks(self) -> list[CronLockInfo]:
        """The locks that are held now."""


def _ordered(items: list[BaseStreamItem], key: str, descending: bool) -> list[BaseStreamItem]:
    """Sorted by a field, numbers before strings before the rest; items without the field last, as they were."""

    def rank(item: BaseStreamItem) -> tuple[int, Any]:
        value = item[key]
        if isinstance(value, int | float):
            return (0, value)
        return (1, value) if isinstance(value, str) else (2, str(value))

    having = sorted((item for item in items if item.get(key) is not None), key=rank, reverse=descending)
    return having + [item for item in items if item.get(key) is None]


StreamAdapterFactory = Callable[[str], StreamAdapter[Any]]
KINDS = {"state": StateAdapter, "streams": StreamAdapter, "events": EventAdapter, "cron": CronAdapter}
