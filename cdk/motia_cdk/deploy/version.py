"""The stack of one version."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from motia_cdk.deploy import progress, quirks
from motia_cdk.deploy.cloud import StackState
from motia_cdk.deploy.environment import Environment, apply, template_digest
from motia_cdk.deploy.parting import with_parting
from motia_cdk.deploy.records import VersionRecord, now
from motia_cdk.deploy.stack import StackFailed
from motia_cdk.deploy.stack_status import stands
from motia_cdk.deploy.switch import QUEUE, close_preview, held, poll, refuse_to_lose
from motia_cdk.deploy.upload import upload_manifest
from motia_cdk.requests import StackTemplate, VersionRequest
from motia_project.manifest import Manifest
from motia_project.settings import Settings

COUNTS_LAG_S = 60.0  # Amazon SQS: how long counts may lag behind after producers have stopped


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
    digest = template_digest(template)
    if known is None:
        deployments.put_version(record)
    elif known.template != digest:
        deployments.put_version(replace(known, template=""))  # until it is seen to be applied, nothing is known to be
    manifest_key = upload_manifest(environment.objects, manifest, version)
    try:
        state, complete = _bring_up(environment, template, known)
    except StackFailed:
        if known is None or known.status == "deploying":
            deployments.delete_version(version)
        raise
    resources = session.cloud.stacks.resources(state.id) if session.cloud.local else []
    if known is not None:
        poll(session.cloud, state.id, True)
        close_preview(session.cloud, state.id, False)
    applied = digest if complete else ""
    record = replace(record, status="deployed", manifest_key=manifest_key, template=applied, polling=True)
    deployments.put_version(record)
    preview = quirks.api_url(session.cloud, resources, state.outputs.get("PreviewUrl"))
    return Deployed(record, preview, template.resources)


def _bring_up(
    environment: Environment, template: StackTemplate, known: VersionRecord | None
) -> tuple[StackState, bool]:
    """Apply the template unless the stack is what it says already; whether it is that now."""
    if known is not None:
        state = environment.session.cloud.stacks.describe(template.name)
        if state is not None and stands(state.status) and known.template == template_digest(template):
            return state, True
        if state is not None and stands(state.status):
            _refuse_to_lose(environment, template, state)
            if parted := _part(environment, template, state):
                return parted, False
    return apply(environment.runner, template, environment.objects), True


def _part(environment: Environment, template: StackTemplate, stack: StackState) -> StackState | None:
    """Change all but the queues that go, which nobody sends to afterwards; the stack when they hold events by then."""
    cloud = environment.session.cloud
    both = with_parting(template, cloud.stacks.template(stack.id))
    if both is None:
        return None
    state = apply(environment.runner, both, environment.objects)
    if not cloud.local:
        time.sleep(COUNTS_LAG_S)
    counts = _leaving(environment, template, state)
    if not any(counts.values()):
        return None
    held_by = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()) if count)
    text = f"Events came for Steps that are gone; their old code works them off, the next deploy removes it ({held_by})"
    environment.session.report(progress.Note(text, warning=True))
    return state


def _leaving(environment: Environment, template: StackTemplate, stack: StackState) -> dict[str, int]:
    """Messages in the queues of a stack that a template does not have, by the queue's name."""
    declared = template.template["Resources"].values()
    kept = {resource["Properties"].get("QueueName") for resource in declared if resource["Type"] == QUEUE}
    counts = held(environment.session.cloud, stack.id)
    return {name: count for name, count in counts.items() if name not in kept}


def _refuse_to_lose(environment: Environment, template: StackTemplate, stack: StackState) -> None:
    """CloudError when the change would delete queues that hold messages: those of a Step that is gone or was renamed,
    or whose queue changed its kind."""
    refuse_to_lose(
        _leaving(environment, template, stack),
        "Deploy under another version name: these events are then handled by the code they were sent to. "
        "Or wait until the queues are empty, and redrive or purge the dead-letter queues.",
    )
