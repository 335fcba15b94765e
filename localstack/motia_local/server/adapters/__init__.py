"""A project's own adapters in the place of the engine's state, streams, events and locks."""

from motia_local.server.adapters.host import Code
from motia_local.server.adapters.own import OwnAdapters

__all__ = ["Code", "OwnAdapters"]
