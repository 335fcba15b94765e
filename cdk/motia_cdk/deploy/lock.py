"""One deploy at a time in an environment: an item with an owner and an expiry in the deployments table.

The owner renews it while it works, so that a deploy that died blocks nobody for longer than `HELD_S`.
"""

from __future__ import annotations

import getpass
import platform
import time
import uuid

from motia.errors import CloudError
from motia_cdk.deploy.cloud.table import Item, Table

HELD_S = 180
_RENEW_S = 30
_NAME = {"#n": "name"}


class Lock:
    """Use as a context manager; `alive` renews it when it is time. CloudError when somebody else holds it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._token = uuid.uuid4().hex
        self._renewed = 0.0

    def __enter__(self) -> Lock:
        free = "attribute_not_exists(#n) OR expires < :now"
        if not self._table.put(self._item(), condition=free, values={":now": int(time.time())}, names=_NAME):
            holder = self._table.get({"name": "lock"}) or {}
            raise CloudError(
                "Another deploy is changing this environment.",
                where=f"by {holder.get('owner', 'somebody')}",
                remedy=f"Wait until it is done; if it died, its lock ends within {HELD_S // 60} minutes.",
            )
        self._renewed = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._table.delete({"name": "lock"}, condition="#t = :t", values={":t": self._token}, names={"#t": "token"})

    def alive(self) -> None:
        """Still working. CloudError when the lock was lost, because this machine slept for too long."""
        if time.monotonic() - self._renewed < _RENEW_S:
            return
        mine = "attribute_not_exists(#n) OR #t = :t"
        names = {**_NAME, "#t": "token"}
        if not self._table.put(self._item(), condition=mine, values={":t": self._token}, names=names):
            raise CloudError("Another deploy took over this environment.", remedy="Look at it, then deploy again.")
        self._renewed = time.monotonic()

    def _item(self) -> Item:
        return {
            "name": "lock",
            "token": self._token,
            "owner": f"{_user()} on {platform.node()}",
            "expires": int(time.time()) + HELD_S,
        }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a user database
        return "somebody"
