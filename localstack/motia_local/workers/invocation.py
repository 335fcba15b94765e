"""One run of a Step, as data: what is asked of a worker and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from motia.http import HttpRequest, HttpResponse

Kind = Literal["api", "event", "cron", "authenticate", "access"]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Invocation:
    """step: its id. timeout_s: seconds. `request` for API Steps; `topic` and `data` for event Steps; `data` for the
    two questions of `motia.stream_access`. trace: the server's own, handed back to it with what the Step does."""

    step: str
    kind: Kind
    trace_id: str
    timeout_s: float
    request: HttpRequest | None = None
    topic: str = ""
    data: Any = None
    trace: Any = field(default=None, compare=False)

    @property
    def repeatable(self) -> bool:
        """Whether it may run again when its worker died through no fault of its own: events run at least once."""
        if self.request is not None:
            return self.request.method in SAFE_METHODS
        return self.kind != "cron"


@dataclass(frozen=True)
class Failure:
    """Why a run failed. stack: the user's own frames. kind: the Step raised, ran too long, or took its worker along.
    code: of the error, if it has one."""

    type: str
    message: str
    stack: str = ""
    kind: Literal["raised", "timeout", "crash", "lost"] = "raised"
    code: str | float | None = None

    def to_json(self) -> dict[str, Any]:
        """As a trace and a log record tell of it (contract, section i); what is not known is left out."""
        told = {"message": self.message, "name": self.type, "code": self.code, "stack": self.stack}
        return {key: value for key, value in told.items() if key == "message" or value not in ("", None)}


@dataclass(frozen=True)
class Outcome:
    """What came of an invocation: nothing else than `failure is None` means success."""

    response: HttpResponse | None = None
    failure: Failure | None = None
    value: Any = None  # what `authenticate` or `canAccess` returned


@dataclass(frozen=True)
class LoadFailure:
    """A Step that a worker could not import."""

    what: str
    where: str | None = None
    traceback: str = ""


@dataclass(frozen=True)
class LoadReport:
    """What a new generation can run: the failures by Step id. seconds: from asking to ready."""

    failures: dict[str, LoadFailure] = field(default_factory=dict)
    seconds: float = 0.0
