"""`deploy`: the road from a build to a version that answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from motia_cdk.deploy import progress
from motia_cdk.deploy.cloud import Target
from motia_cdk.deploy.environment import bring_up, opened_or_made, websocket_url
from motia_cdk.deploy.live import go_live
from motia_cdk.deploy.names import check_names
from motia_cdk.deploy.session import Session, Synth, session
from motia_cdk.deploy.sweep import sweep_after
from motia_cdk.deploy.upload import upload_bundles
from motia_cdk.deploy.version import deploy_version
from motia_cdk.limits import refuse
from motia_project.env_file import environment_problems
from motia_project.manifest import Manifest
from motia_project.settings import Settings


@dataclass(frozen=True)
class DeployRequest:
    """What to deploy, where, under which names.

    manifest, dist: of a build; `dist` holds the bundles at the manifest's paths. description: None leaves the one a
    version has. env_vars: for every function; empty ones are left out. promote: go live even when another version is.
    """

    manifest: Manifest
    dist: Path
    settings: Settings
    project: str
    environment: str
    version: str
    api_key: str
    target: Target
    description: str | None = None
    env_vars: dict[str, str] = field(default_factory=dict)
    promote: bool = False


@dataclass(frozen=True)
class DeployResult:
    """What came of it. domain_target: where the DNS record of the domain has to point. resources: of both stacks.
    uploaded, unchanged: bundles. duration_s: seconds."""

    project: str
    environment: str
    version: str
    live: bool
    api_url: str
    preview_url: str | None
    websocket_url: str | None
    domain_target: str | None
    resources: int
    uploaded: int
    unchanged: int
    duration_s: float


def deploy(
    request: DeployRequest, *, report: progress.Report = progress.silent, synth: Synth | None = None
) -> DeployResult:
    """Deploy a build as a version; it goes live when it is the first, the live one already, or asked to.

    synth: a synthesis process that is warm already. Raises UsageError for names, ProjectError for what AWS would
    refuse, CloudError for what it did refuse; the live version is as it was then.
    """
    started = time.monotonic()
    check_names(
        project=request.project,
        environment=request.environment,
        version=request.version,
        description=request.description or "",
    )
    refuse(environment_problems(request.env_vars, "--env-file"))
    with session(request.target, request.project, request.environment, report, synth) as opened:
        return _deploy(opened, request, started)


def _deploy(session: Session, request: DeployRequest, started: float) -> DeployResult:
    with opened_or_made(session, request.api_key, request.settings) as environment:
        live = environment.record.live
        if live is not None and (live != request.version or not environment.ref.websocket_api_id):
            # the version may need what a newer release of this tool adds to the environment
            record = environment.version(live)
            settings = Settings.model_validate_json(record.settings)
            environment, resources = bring_up(environment, settings, environment.manifest(record), live)
        elif live is None:
            environment, resources = bring_up(environment, request.settings, None, None)
        sent = upload_bundles(environment.objects, request.manifest, request.dist, session.report, environment.alive)
        deployed = deploy_version(
            environment,
            request.manifest,
            request.version,
            settings=request.settings,
            env_vars={name: value for name, value in request.env_vars.items() if value},
            description=request.description,
        )
        if request.promote or live in (None, request.version):
            environment, resources = go_live(environment, deployed.record)
        else:
            session.report(progress.Waits(request.version, str(live)))
        sweep_after(environment, spare=(request.version, live))
        return DeployResult(
            project=request.project,
            environment=request.environment,
            version=request.version,
            live=environment.record.live == request.version,
            api_url=environment.ref.api_url,
            preview_url=deployed.preview_url,
            websocket_url=websocket_url(environment),
            domain_target=environment.ref.domain_target or None,
            resources=resources + deployed.resources,
            uploaded=len(sent.missing),
            unchanged=sent.unchanged,
            duration_s=round(time.monotonic() - started, 3),
        )
