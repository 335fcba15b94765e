"""Where committed stream changes and events are told, in their order.

A message has the form of the wire: {timestamp, streamName, groupId, id?, event}. timestamp: milliseconds since the
epoch, greater than that of every message before. event: {type: create | update | delete, data} or
{type: event, event: {type, data}}. Everybody gets the same object: read, do not change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from motia.stream_protocol import Timestamps, message
from motia_local.engine.clock import Clock

_log = logging.getLogger("motia.engine")


Listener = Callable[[dict[str, Any]], None]


class Hub:
    """Tells every listener everything. Listeners are called in the loop, must not block and need not be careful."""

    def __init__(self, clock: Clock) -> None:
        self._timestamps = Timestamps(clock.now)
        self._listeners: dict[object, Listener] = {}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; the result ends that."""
        token = object()
        self._listeners[token] = listener

        def unsubscribe() -> None:
            self._listeners.pop(token, None)

        return unsubscribe

    def next_timestamp(self) -> int:
        """Now in milliseconds, or one more than the last: the clients drop an event that is not newer."""
        return self._timestamps.next()

    def publish(self, stream: str, group: str, id: str | None, event: dict[str, Any]) -> None:
        """Tell an event; a listener that fails does not keep it from the others."""
        told = message(self.next_timestamp(), stream, group, id, event)
        for listener in list(self._listeners.values()):
            try:
                listener(told)
            except Exception:
                _log.exception("a listener failed on an event of the stream %s", stream)
