"""The stack of one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from motia_cdk.deploy import quirks
from motia_cdk.deploy.cloud import StackState
from motia_cdk.deploy.environment import Environment, apply, template_digest
from motia_cdk.deploy.records import VersionRecord, now
from motia_cdk.deploy.stack import StackFailed
from motia_cdk.deploy.stack_status import stands
from motia_cdk.deploy.switch import poll
from motia_cdk.deploy.upload import upload_manifest
from motia_cdk.requests import StackTemplate, VersionRequest
from motia_project.manifest import Manifest
from motia_project.settings import Settings


@dataclass(frozen=True)
class Deployed:
    """A version whose stack is complete. preview_url: None without API Steps or with previews off."""

    record: VersionRecord
    preview_url: str | None
    resources: int


def deploy_version(
    environment: Environment,
    manifest: Manifest,
    version: str,
    *,
    settings: Settings,
    env_vars: Mapping[str, str],
    description: str | None,
) -> Deployed:
    """Create or update the stack of a version, and write down what it is.

    A stack that fails is rolled back and leaves the record as it was. Raises StackFailed, InvalidProject.
    """
    session, deployments = environment.session, environment.deployments
    template = session.synth.version(
        VersionRequest(manifest, version, environment.ref, settings, env_vars=dict(env_vars))
    )
    known = deployments.version(version)
    started = now()
    record = replace(
        known or VersionRecord(version, "deploying", created=started, updated=started),
        updated=started,
        description=known.description if known and description is None else description or "",
        settings=settings.model_dump_json(exclude_defaults=True),
    )
    if known is None:
        deployments.put_version(record)
    manifest_key = upload_manifest(environment.objects, manifest, version)
    try:
        state = _bring_up(environment, template, known)
    except StackFailed:
        if known is None or known.status == "deploying":
            deployments.delete_version(version)
        raise
    resources = session.cloud.stacks.resources(state.id) if session.cloud.local else []
    record = replace(record, status="deployed", manifest_key=manifest_key, template=template_digest(template))
    if not record.polling:
        poll(session.cloud, state.id, True)
        record = replace(record, polling=True)
    deployments.put_version(record)
    preview = quirks.api_url(session.cloud, resources, state.outputs.get("PreviewUrl"))
    return Deployed(record, preview, template.resources)


def _bring_up(environment: Environment, template: StackTemplate, known: VersionRecord | None) -> StackState:
    """Apply the template unless the stack is what it says already."""
    if known is not None and known.template == template_digest(template):
        state = environment.session.cloud.stacks.describe(template.name)
        if state is not None and stands(state.status):
            return state
    return apply(environment.runner, template, environment.objects)
