"""The local server: Steps over HTTP, events, cron, state and streams of one project in one process and its workers."""

from motia_local.server.handle import LocalHandle, start_local
from motia_local.server.local import LocalServer, ServerOptions

__all__ = ["LocalHandle", "LocalServer", "ServerOptions", "start_local"]
