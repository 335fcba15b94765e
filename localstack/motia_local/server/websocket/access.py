"""Asks the project's code, in a worker, who may connect and who may join. Whatever goes wrong there is a no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from motia.descriptor import BundleDescriptor, StepDescriptor
from motia.ids import new_trace_id
from motia.stream_access import guard_descriptor
from motia.stream_protocol import Subscription
from motia_local.workers.invocation import Failure, Invocation, LoadReport
from motia_local.workers.pools import Pools
from motia_project.model import Stream

LIMIT_S = 10.0  # for one answer

Tell = Callable[[dict[str, Any]], None]  # keeps a log record


class Refused(Exception):
    """The client may not connect."""


class AuthMissing(Exception):
    """Nobody may connect: the code that decides it cannot be loaded."""


class Access:
    """Who may listen. pool: runs the functions. tell: keeps a record of what went wrong in one."""

    def __init__(self, pool: Pools[Any], tell: Tell) -> None:
        self._pool = pool
        self._tell = tell
        self._auth: StepDescriptor | None = None  # what there is to ask
        self._loaded = False  # whether a worker has it, of this generation or an older one

    def take(self, descriptor: BundleDescriptor, report: LoadReport) -> None:
        """A new generation of the project's code is served."""
        self._auth = auth = next((step for step in descriptor.steps if step.type == "auth"), None)
        self._loaded = auth is not None and (self._loaded or auth.id not in report.failures)

    async def authenticate(self, headers: Mapping[str, str], url: str) -> Any:
        """What `authenticate` returns, None without one. Refused: it raised. AuthMissing: it cannot be asked."""
        if self._auth is None:
            return None
        if not self._loaded:
            raise AuthMissing
        trace_id = new_trace_id()
        data = {"headers": dict(headers), "url": url}
        outcome = await self._pool.invoke(Invocation(self._auth.id, "authenticate", trace_id, LIMIT_S, data=data))
        if outcome.failure is not None:
            self._write("info", self._auth.name, trace_id, "[streams] a client was refused", outcome.failure)
            raise Refused
        return outcome.value

    async def may_join(self, stream: Stream, subscription: Subscription, context: Any) -> bool:
        """Whether `canAccess` of the stream, if it has one, lets a client with this auth context join."""
        if not stream.can_access:
            return True
        trace_id = new_trace_id()
        guard = guard_descriptor(stream.name, stream.file)
        data = {"subscription": subscription.for_access(), "context": context}
        outcome = await self._pool.invoke(Invocation(guard.id, "access", trace_id, LIMIT_S, data=data))
        if outcome.failure is not None:
            self._write("error", stream.name, trace_id, "[streams] canAccess failed, access denied", outcome.failure)
        return outcome.value is True

    def _write(self, level: str, name: str, trace_id: str, message: str, failure: Failure) -> None:
        told = {"level": level, "step": name, "traceId": trace_id, "flows": [], "msg": message}
        self._tell({**told, "error": failure.to_json()})
