"""The lines of all pools, one pool a language: which of them a connection is given to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from motia_local.start.line import Line
from motia_local.start.pool import ServingPool
from motia_project.model import Language


class Lines:
    """Finds lines. Nobody knows what a new connection will ask for: it goes where the last one belonged that had been
    given to workers for another language.

    pools: those that there are at any time.
    """

    def __init__(self, pools: Mapping[Language, ServingPool]) -> None:
        self._pools = pools
        self._asked: ServingPool | None = None

    def best(self) -> Line | None:
        """For a connection of which nothing has been read."""
        for pool in sorted(self._pools.values(), key=lambda pool: (pool is not self._asked, not pool.answers)):
            if (line := pool.fleet.best()) is not None:
                return line
        return None

    def other(self, pool: ServingPool) -> Line | None:
        """For a connection whose request is not for the Steps of `pool`."""
        for other in self._pools.values():
            if other is not pool and (line := other.fleet.best()) is not None:
                self._asked = other
                return line
        return None

    async def drain(self, within_s: float) -> None:
        """Let the workers answer what they have been asked, and nothing more, for `within_s` seconds."""
        await asyncio.gather(*(pool.drain(within_s) for pool in self._pools.values()))
