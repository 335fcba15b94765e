"""Who may listen to streams, asked of the function that runs the rules written in TypeScript or JavaScript.

    {"kind": "authenticate", "data": {"headers", "url"}}                          -> {"value": the auth context}
    {"kind": "access", "stream": "chat", "data": {"subscription", "context"}}     -> {"value": true or false}
    {"kind": "items", "stream": "chat", "data": {"groupId"}}                      -> {"value": the items of the group}
    {"kind": "items", "stream": "chat", "data": {"groupId", "id"}}                -> {"value": the item, or null}

A rule that raised is answered with {"error": {"type", "message", "stack"?}}. What is none of these answers is none.
"""

from __future__ import annotations

import asyncio
import time

from motia.aws.functions import FunctionClient
from motia.aws.streams import Snapshot
from motia.aws.threads import Threads
from motia.errors import AwsError, MotiaError, StepLoadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PATIENCE_S = 26.0  # for all attempts; the gateway waits 29 s for the function that asks


class RuleError(MotiaError):
    """A rule raised. name: the type of what it raised. stack: where, in its author's files; empty if not told."""

    def __init__(self, message: str, name: str, stack: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.stack = stack


class RemoteAccess:
    """Asks one function. patience_s: seconds until it is given up."""

    def __init__(self, functions: FunctionClient, name: str, threads: Threads, patience_s: float = PATIENCE_S) -> None:
        self._functions = functions
        self._name = name
        self._threads = threads
        self._patience_s = patience_s

    async def authenticate(self, headers: Mapping[str, str], url: str) -> Any:
        """What `authenticate` returns. headers: by lower-case name. url: the request's target, with its query.

        Raises RuleError for what it raised, StepLoadError when the project's config file cannot be loaded, AwsError
        when the function gave no answer.
        """
        return await self._ask({"kind": "authenticate", "data": {"headers": dict(headers), "url": url}})

    async def may_join(self, stream: str, subscription: Mapping[str, Any], context: Any) -> bool:
        """Whether the stream's `canAccess` lets a client join: yes is `true` and nothing else. Raises as above."""
        data = {"subscription": dict(subscription), "context": context}
        return await self._ask({"kind": "access", "stream": stream, "data": data}) is True

    async def snapshot(self, stream: str, group: str, id: str | None) -> Snapshot:
        """What an adapter keeps. Changes may be in it and be told as well; none is in neither. Raises as above."""
        now = time.time_ns() // 1_000_000
        data = {"groupId": group, **({} if id is None else {"id": id})}
        found = await self._ask({"kind": "items", "stream": stream, "data": data})
        if id is None and not isinstance(found, list):
            raise self._unanswered("what it returned is no answer")
        return Snapshot(now, found)

    async def _ask(self, question: dict[str, Any]) -> Any:
        asked = self._threads.run(self._functions.invoke, self._name, question)
        try:
            answer = await asyncio.wait_for(asked, self._patience_s)
        except TimeoutError:
            raise self._unanswered(f"no answer within {self._patience_s:g} s") from None
        if isinstance(answer, dict):
            if isinstance(answer.get("error"), dict):
                raise _rule_error(answer["error"])
            if "value" in answer and "error" not in answer:
                return answer["value"]
        raise self._unanswered("what it returned is no answer")

    def _unanswered(self, what: str) -> AwsError:
        return AwsError(f"the function {self._name} failed: {what}", service="lambda", code="FunctionError")


def _rule_error(error: dict[str, Any]) -> MotiaError:
    name, message, stack = (str(error.get(key) or "") for key in ("type", "message", "stack"))
    if name == StepLoadError.__name__:
        return StepLoadError(message, traceback=stack)
    return RuleError(message, name or "Error", stack)
