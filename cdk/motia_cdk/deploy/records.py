"""The deployments table: which versions an environment has, which is live, who is deploying.

Items, by their key `name`:

    environment      {project, environment, live?, previous?, key_hash, template}
    version#NAME     {version, status, description, created, updated, manifest_key, settings, template, polling}
    lock             {owner, expires}

`template` is the digest of the template that was applied last, with its parameters: a deploy that would apply the same
one again asks CloudFormation nothing. Times are ISO 8601 in UTC; `expires` is in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from motia_cdk.deploy.cloud.table import Item, Table

ENVIRONMENT = "environment"
_VERSION = "version#"


@dataclass(frozen=True)
class EnvironmentRecord:
    """What is known of an environment. live, previous: versions, if any. key_hash: of the API key."""

    project: str
    environment: str
    key_hash: str
    live: str | None = None
    previous: str | None = None
    template: str = ""


@dataclass(frozen=True)
class VersionRecord:
    """One version. status: `deploying` until its stack is complete for the first time.

    polling: its queues are polled. manifest_key: object in the bucket.
    settings: the project's when it was deployed, as JSON; the environment takes them on when the version goes live.
    """

    version: str
    status: Literal["deploying", "deployed"]
    created: str
    updated: str
    description: str = ""
    manifest_key: str = ""
    settings: str = "{}"
    template: str = ""
    polling: bool = True


class Deployments:
    """The records of one environment."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def environment(self) -> EnvironmentRecord | None:
        item = self.table.get({"name": ENVIRONMENT})
        return _record(EnvironmentRecord, item) if item else None

    def put_environment(self, record: EnvironmentRecord) -> None:
        self.table.put({"name": ENVIRONMENT, **asdict(record)})

    def claim(self, record: EnvironmentRecord) -> bool:
        """Write the first record of an environment. False when there is one already."""
        return self.table.put(
            {"name": ENVIRONMENT, **asdict(record)}, condition="attribute_not_exists(#n)", names={"#n": "name"}
        )

    def version(self, version: str) -> VersionRecord | None:
        item = self.table.get({"name": _VERSION + version})
        return _record(VersionRecord, item) if item else None

    def versions(self) -> list[VersionRecord]:
        """All versions, oldest first."""
        items = [item for item in self.table.all() if str(item["name"]).startswith(_VERSION)]
        return sorted((_record(VersionRecord, item) for item in items), key=lambda v: (v.created, v.version))

    def put_version(self, record: VersionRecord) -> None:
        self.table.put({"name": _VERSION + record.version, **asdict(record)})

    def delete_version(self, version: str) -> None:
        self.table.delete({"name": _VERSION + version})


def now() -> str:
    """This moment, as records write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


_R = TypeVar("_R", EnvironmentRecord, VersionRecord)


def _record(kind: type[_R], item: Item) -> _R:
    known = {field.name for field in fields(kind)}  # a later version of this tool may have written more
    values: dict[str, Any] = {key: value for key, value in item.items() if key in known}
    return kind(**values)
