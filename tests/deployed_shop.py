"""A project on the emulator, deployed without a command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from motia_cdk.deploy import DeployRequest, DeployResult, Target, deploy
from motia_cdk.deploy.cloud import Cloud, connect
from motia_cdk.deploy.progress import Event
from motia_cdk.synth_process import SynthProcess
from motia_project.manifest import Manifest
from motia_project.settings import Settings

KEY = "a key nobody guesses"


@dataclass
class Shop:
    """A project of its own on the emulator. events: what the last call told."""

    target: Target
    synth: SynthProcess
    folder: Path
    project: str
    environment: str = "dev"
    events: list[Event] = field(default_factory=list)

    def deploy(self, version: str, manifest: Manifest, **changes: Any) -> DeployResult:
        self.events.clear()
        request = DeployRequest(
            manifest=manifest,
            dist=self.folder,
            settings=Settings(keep_versions=2),
            project=self.project,
            environment=self.environment,
            version=version,
            api_key=KEY,
            target=self.target,
        )
        synth, report = changes.pop("synth", self.synth), changes.pop("report", self.events.append)
        return deploy(replace(request, **changes), report=report, synth=synth)

    def ask(self, command: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call promote, rollback, destroy or prune on this project."""
        self.events.clear()
        given = {"api_key": KEY, "target": self.target, "report": self.events.append, "synth": self.synth, **options}
        return command(self.project, self.environment, *arguments, **given)

    @property
    def cloud(self) -> Cloud:
        return connect(self.target)

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]
