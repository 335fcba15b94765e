"""The one tree of errors.

MotiaError                  what went wrong, where, what is allowed, what to do
├── ProjectError            the project or its input is wrong            (exit code 1)
│   └── StepLoadError       a Step file cannot be imported
├── UsageError              the command line is wrong                    (exit code 2)
├── CloudError              AWS or the emulator refused                  (exit code 3)
│   └── AwsError            one AWS call failed: service, code, request id
└── StepError               raised to the code of a Step
    ├── EmitError           undeclared topic, no messageGroupId, too large, ...
    ├── StateError          bad group or key, value that is not JSON
    ├── StreamError         unknown stream, bad id, value that is not JSON
    │   └── UnknownStreamError  the context was asked for a stream that no file declares
    ├── RequestError        what a client sent cannot be read
    ├── HandlerExit         the handler ended itself: sys.exit, a cancelled task
    └── ResponseError       what the handler returned cannot be an HTTP response

Fields are data; only the command line formats them.
"""

from __future__ import annotations


class MotiaError(Exception):
    """Base of everything this project raises on purpose.

    what: one sentence. where: file, Step or resource. allowed: the values that would have been accepted.
    remedy: what to do next.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, where: str | None = None, allowed: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.allowed = allowed
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"in {self.where}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.remedy:
            parts.append(self.remedy)
        return "; ".join(parts)


class ProjectError(MotiaError):
    """The project, or what was given to it, is wrong."""


class StepLoadError(ProjectError):
    """A Step file cannot be imported; `traceback` holds the part that lies in the user's files."""

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None, traceback: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.traceback = traceback


class UsageError(MotiaError):
    """The command line is wrong."""

    exit_code = 2


class CloudError(MotiaError):
    """AWS, or the emulator, refused."""

    exit_code = 3


class AwsError(CloudError):
    """One AWS call failed.

    code: the service's error code, such as `AccessDeniedException`. status: HTTP status, 0 if there was no answer.
    """

    def __init__(self, what: str, *, service: str, code: str, status: int = 0, request_id: str = "") -> None:
        super().__init__(what, where=service)
        self.service = service
        self.code = code
        self.status = status
        self.request_id = request_id


class StepError(MotiaError):
    """A Step used its context wrongly."""


class EmitError(StepError):
    """An event was not sent."""


class StateError(StepError):
    """A state call was refused."""


class StreamError(StepError):
    """A stream call was refused."""


class UnknownStreamError(StreamError, AttributeError):
    """The context was asked for a stream that no file declares; an AttributeError too, so that `hasattr` works."""


class RequestError(StepError):
    """What a client sent cannot be read; `status` is the HTTP status that says so to the client."""

    def __init__(self, what: str, *, status: int, allowed: str | None = None) -> None:
        super().__init__(what, allowed=allowed)
        self.status = status


class HandlerExit(StepError):
    """The handler ended itself: sys.exit, or a cancelled task of its own."""


class ResponseError(StepError):
    """What a handler returned cannot become an HTTP response."""
