"""Modules that will be needed soon, imported while this process waits for others."""

from __future__ import annotations

from importlib import import_module
from threading import Thread


def import_ahead(name: str) -> None:
    """Begin to import the module `name`; who imports it later waits for what is left."""
    Thread(target=import_module, args=(name,), daemon=True).start()
