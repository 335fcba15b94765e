"""Where a stream file has its `canAccess`."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

GUARD_NAMES = ("canAccess", "can_access")


def find_guard(module: ModuleType) -> Any:
    """The `canAccess` of a stream file, in its `config` or at its top level, under either name; None if there is none.

    What is found need not be a function: that a stream is open to everybody must not come of a mistake.
    """
    config = getattr(module, "config", None)
    places = [config.get(name) for name in GUARD_NAMES] if isinstance(config, Mapping) else []
    places += [getattr(module, name, None) for name in GUARD_NAMES]
    return next((found for found in places if found is not None), None)
