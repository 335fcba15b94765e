"""`promote` and `rollback`: another version goes live. No build, no upload."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from motia.errors import CloudError
from motia_cdk.deploy import progress
from motia_cdk.deploy.cloud import Target
from motia_cdk.deploy.environment import Environment, opened, websocket_url
from motia_cdk.deploy.live import go_live
from motia_cdk.deploy.session import Synth, session
from motia_cdk.deploy.sweep import sweep_after


@dataclass(frozen=True)
class PromoteResult:
    """Which version is live now, and which was before. duration_s: seconds."""

    project: str
    environment: str
    version: str
    previous: str | None
    api_url: str
    websocket_url: str | None
    duration_s: float


def promote(
    project: str,
    environment: str,
    version: str,
    *,
    api_key: str,
    target: Target,
    report: progress.Report = progress.silent,
    synth: Synth | None = None,
) -> PromoteResult:
    """Make a deployed version the live one. CloudError when there is no such version or environment."""
    return _switch(project, environment, lambda found: version, api_key, target, report, synth)


def rollback(
    project: str,
    environment: str,
    *,
    api_key: str,
    target: Target,
    report: progress.Report = progress.silent,
    synth: Synth | None = None,
) -> PromoteResult:
    """Make the version live that was before; again, and the first one is back. CloudError when there was none."""

    def before(found: Environment) -> str:
        if found.record.previous is None:
            raise CloudError(
                "No other version was live before.",
                where=f"environment '{environment}' of '{project}', live: {found.record.live or 'nothing'}",
                remedy="Promote a version by its name.",
            )
        return found.record.previous

    return _switch(project, environment, before, api_key, target, report, synth)


def _switch(
    project: str,
    environment: str,
    choose: Callable[[Environment], str],
    api_key: str,
    target: Target,
    report: progress.Report,
    synth: Synth | None,
) -> PromoteResult:
    started = time.monotonic()
    with session(target, project, environment, report, synth) as current, opened(current, api_key) as found:
        version = found.version(choose(found))
        before = found.record.live
        found, _ = go_live(found, version)
        sweep_after(found, spare=(before,))
        return PromoteResult(
            project=project,
            environment=environment,
            version=version.version,
            previous=found.record.previous,
            api_url=found.ref.api_url,
            websocket_url=websocket_url(found),
            duration_s=round(time.monotonic() - started, 3),
        )
