"""What is asked of synthesis and what comes back. Plain data: it crosses a process boundary as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from motia_cdk.environment_ref import EnvironmentRef
from motia_project.manifest import Manifest
from motia_project.settings import Settings

LIVE_VERSION = "LiveVersion"  # output of an environment's stack: what it was made for last, whoever saw it finish


@dataclass(frozen=True)
class EnvironmentRequest:
    """Ask for the template of an environment. live, live_version: what its routes and schedules point at, if any."""

    project: str
    environment: str
    settings: Settings
    live: Manifest | None = None
    live_version: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "project": self.project,
            "environment": self.environment,
            "settings": self.settings.model_dump(mode="json"),
            "live": self.live.model_dump(mode="json") if self.live else None,
            "live_version": self.live_version,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> EnvironmentRequest:
        return cls(
            project=raw["project"],
            environment=raw["environment"],
            settings=Settings.model_validate(raw["settings"]),
            live=Manifest.model_validate(raw["live"]) if raw["live"] else None,
            live_version=raw["live_version"],
        )


@dataclass(frozen=True)
class VersionRequest:
    """Ask for the template of a version.

    env_vars: the user's variables for every function. consume: whether its queues are polled.
    """

    manifest: Manifest
    version: str
    environment: EnvironmentRef
    settings: Settings
    env_vars: dict[str, str] = field(default_factory=dict)
    consume: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "manifest": self.manifest.model_dump(mode="json"),
            "version": self.version,
            "environment": asdict(self.environment),
            "settings": self.settings.model_dump(mode="json"),
            "env_vars": self.env_vars,
            "consume": self.consume,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> VersionRequest:
        return cls(
            manifest=Manifest.model_validate(raw["manifest"]),
            version=raw["version"],
            environment=EnvironmentRef(**raw["environment"]),
            settings=Settings.model_validate(raw["settings"]),
            env_vars=raw["env_vars"],
            consume=raw["consume"],
        )


@dataclass(frozen=True)
class StackTemplate:
    """A stack ready to deploy. path: its template, compact JSON without parameters. resources: how many it declares."""

    name: str
    path: Path
    parameters: dict[str, str]
    tags: dict[str, str]
    resources: int

    @property
    def body(self) -> str:
        """The template's text; over 51,200 bytes CloudFormation takes it by URL only."""
        return self.path.read_text()

    @property
    def template(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "path": str(self.path)}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> StackTemplate:
        return cls(**{**raw, "path": Path(raw["path"])})
