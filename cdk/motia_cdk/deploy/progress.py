"""What a deploy tells while it works: one frozen dataclass for each thing that happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Connected:
    """AWS knows us."""

    account: str
    region: str
    arn: str


@dataclass(frozen=True)
class Uploading:
    """Bundles that the bucket lacks are on their way. bytes: of the missing ones."""

    missing: int
    unchanged: int
    bytes: int


@dataclass(frozen=True)
class Uploaded:
    """One object is in the bucket. size: bytes; done, total: objects."""

    name: str
    size: int
    done: int
    total: int


@dataclass(frozen=True)
class StackStarted:
    """A stack is about to change."""

    stack: str
    action: Literal["create", "update", "delete"]


@dataclass(frozen=True)
class ResourceChanged:
    """CloudFormation reports a resource. status: its ResourceStatus."""

    stack: str
    logical_id: str
    type: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class StackFinished:
    """A stack is where it should be. changed: False when it was already. duration_s: seconds."""

    stack: str
    changed: bool
    duration_s: float


@dataclass(frozen=True)
class StackFailed:
    """A stack did not change; what it did on the way is being undone, or has been."""

    stack: str
    cause: str


@dataclass(frozen=True)
class WentLive:
    """The environment's routes and schedules belong to `version` now."""

    version: str
    previous: str | None


@dataclass(frozen=True)
class Waits:
    """`version` is deployed and not live."""

    version: str
    live: str


@dataclass(frozen=True)
class Swept:
    """An old version was switched off or removed."""

    version: str
    action: Literal["queues off", "deleted"]


@dataclass(frozen=True)
class Note:
    """Anything else worth a line. warning: something the user should look at."""

    text: str
    warning: bool = False


Event = (
    Connected
    | Uploading
    | Uploaded
    | StackStarted
    | ResourceChanged
    | StackFinished
    | StackFailed
    | WentLive
    | Waits
    | Swept
    | Note
)
Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """A report nobody reads."""
