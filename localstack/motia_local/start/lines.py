"""The lines of all pools, one pool a language: which of them a connection is given to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from motia_local.start.line import Line
from motia_local.start.pool import ServingPool


class Lines:
    """Finds lines. Nobody knows what a new connection will ask for: it goes where the last one belonged that had been
    given to the wrong language."""

    def __init__(self, pools: Sequence[ServingPool]) -> None:
        self._pools = list(pools)

    def best(self) -> Line | None:
        """For a connection of which nothing has been read."""
        return self._first(self._pools)

    def other(self, pool: ServingPool) -> Line | None:
        """For a connection whose request is not for the Steps of `pool`."""
        others = [other for other in self._pools if other is not pool]
        found = self._first(others)
        if found is not None:
            self._pools = [*others, pool]
        return found

    def _first(self, pools: Sequence[ServingPool]) -> Line | None:
        for pool in sorted(pools, key=lambda pool: not pool.answers):
            if (line := pool.fleet.best()) is not None:
                return line
        return None

    async def drain(self, within_s: float) -> None:
        """Let the workers answer what they have been asked, and nothing more, for `within_s` seconds."""
        await asyncio.gather(*(pool.drain(within_s) for pool in self._pools))
