"""DynamoDB checks a condition and writes in one step; moto's threaded server does not, so its calls go one by one."""

from __future__ import annotations

import threading
from functools import wraps
from typing import Any

from moto.dynamodb.responses import DynamoHandler

_lock = threading.Lock()
_original = DynamoHandler.call_action


@wraps(_original)
def _one_by_one(handler: DynamoHandler) -> Any:
    with _lock:
        return _original(handler)


def make_moto_atomic() -> None:
    """From now on, in this process."""
    DynamoHandler.call_action = _one_by_one
