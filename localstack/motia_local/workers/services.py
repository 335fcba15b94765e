"""What a pool of workers needs from the server around it."""

from __future__ import annotations

from typing import Any, Protocol

from motia.errors import StepError
from motia_local.workers.invocation import Invocation
from motia_local.workers.output import OutputLine


class Services(Protocol):
    """The server, as workers see it."""

    async def call(self, invocation: Invocation | None, operation: str, arguments: list[Any]) -> Any:
        """Do what a Step asked for (`state.get`, `streams.set`, `events.publish`, ...); StepError to refuse."""

    def log(self, invocation: Invocation | None, record: dict[str, Any]) -> None:
        """A Step logged."""

    def trace(self, invocation: Invocation | None, event: dict[str, Any]) -> None:
        """A Step did something worth showing."""

    def output(self, line: OutputLine) -> None:
        """A Step, or something below it, printed a line."""

    def notice(self, level: str, text: str, step: str | None = None) -> None:
        """Something happened to a worker that a developer wants to know. step: id. level: info, warn or error."""


class NoServices:
    """Services that refuse and ignore everything."""

    async def call(self, invocation: Invocation | None, operation: str, arguments: list[Any]) -> Any:
        raise StepError(f"{operation} is not to be had here")

    def log(self, invocation: Invocation | None, record: dict[str, Any]) -> None:
        return

    def trace(self, invocation: Invocation | None, event: dict[str, Any]) -> None:
        return

    def output(self, line: OutputLine) -> None:
        return

    def notice(self, level: str, text: str, step: str | None = None) -> None:
        return


async def answered(
    services: Services, invocation: Invocation | None, operation: str, arguments: list[Any]
) -> dict[str, Any]:
    """What a worker is told of an operation it asked for: `value`, or `error` with the fields of a StepError."""
    try:
        return {"value": await services.call(invocation, operation, arguments)}
    except StepError as refused:
        fields = {key: getattr(refused, key) for key in ("what", "where", "allowed", "remedy")}
        return {"error": {"type": type(refused).__name__, **fields}}
    except Exception as broken:
        services.notice("error", f"{operation} failed: {broken!r}")
        return {"error": {"type": "StepError", "what": f"{operation} failed: {broken}"}}
