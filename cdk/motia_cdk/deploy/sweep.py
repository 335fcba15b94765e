"""Old versions: polling an idle queue costs money, and a version nobody can want back takes space.

A version that is neither live nor holds messages is not polled, and its preview does not answer. A version beyond the
ones to keep is deleted once all its queues are empty, its dead-letter queues too: what is in those, somebody may still
want to see.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from motia.errors import CloudError
from motia_cdk.deploy import progress, quirks
from motia_cdk.deploy.environment import Environment
from motia_cdk.deploy.records import EnvironmentRecord, VersionRecord
from motia_cdk.deploy.stack import StackFailed
from motia_cdk.deploy.switch import close_preview, messages, poll
from motia_cdk.deploy.upload import BUNDLES, MANIFESTS, bundle_key
from motia_cdk.stack_names import tags, version_stack
from motia_project.settings import Settings


@dataclass(frozen=True)
class SweepPlan:
    """Versions that nobody calls: those to delete when they are empty, those to keep and not poll."""

    beyond: tuple[VersionRecord, ...]
    idle: tuple[VersionRecord, ...]


def plan_sweep(
    environment: EnvironmentRecord, versions: Iterable[VersionRecord], *, keep: int, spare: Collection[str | None] = ()
) -> SweepPlan:
    """Decide by the records alone. Pure.

    keep: how many versions stay beside the live one, the one before it first, then the latest. spare: versions to
    leave as they are: one that was deployed just now, to be tried, and one that was live a moment ago and may still be
    sending events to itself.
    """
    others = [version for version in versions if version.version != environment.live]
    newest_first = sorted(
        others,
        key=lambda v: (v.version in spare, v.status == "deployed", v.version == environment.previous, v.updated),
        reverse=True,
    )
    back = environment.previous if keep else None  # what a rollback returns to stays, however many were tried since
    beyond = tuple(v for v in newest_first[keep:] if v.version != back)
    return SweepPlan(beyond, tuple(v for v in newest_first if v not in beyond and v.version not in spare))


def sweep(environment: Environment, *, keep: int | None = None, spare: Collection[str | None] = ()) -> tuple[str, ...]:
    """Switch off and delete what the plan says; the versions that were deleted.

    keep: None means what the live version's settings say. What cannot be deleted is noted, and tried again by the
    next sweep.
    """
    versions = environment.deployments.versions()
    if keep is None:
        live = next((v for v in versions if v.version == environment.record.live), None)
        keep = Settings.model_validate_json(live.settings if live else "{}").keep_versions
    plan = plan_sweep(environment.record, versions, keep=keep, spare=spare)
    deleted = tuple(version.version for version in plan.beyond if _delete_if_empty(environment, version))
    for version in plan.idle:
        _rest(environment, version)
    if deleted:
        _forget_objects(environment)
    return deleted


def sweep_after(environment: Environment, *, spare: Collection[str | None]) -> None:
    """Sweep at the end of a command that has done what it was asked for: what goes wrong here is only told."""
    try:
        sweep(environment, spare=spare)
    except CloudError as error:
        environment.session.report(progress.Note(f"Old versions were not swept: {error}", warning=True))


def delete_version(environment: Environment, version: str) -> None:
    """Delete a version's stack and record, whatever its queues hold. Raises StackFailed."""
    record, session = environment.record, environment.session
    name = version_stack(record.project, record.environment, version)
    resources = (
        session.cloud.stacks.resources(name) if session.cloud.local and session.cloud.stacks.describe(name) else []
    )
    environment.runner.delete(name, tags(record.project, record.environment, version))
    quirks.forget_logs(session.cloud, resources)
    environment.deployments.delete_version(version)
    session.report(progress.Swept(version, "deleted"))


def _delete_if_empty(environment: Environment, version: VersionRecord) -> bool:
    waiting = _rest(environment, version)
    if waiting:
        environment.session.report(
            progress.Note(f"Keeping version {version.version}: its queues hold {waiting} messages")
        )
        return False
    try:
        delete_version(environment, version.version)
    except StackFailed as error:
        environment.session.report(progress.Note(str(error), warning=True))
        return False
    return True


def _rest(environment: Environment, version: VersionRecord) -> int:
    """Poll the queues of a version if there is something in them, else not; how many messages it holds in all."""
    record, cloud = environment.record, environment.session.cloud
    name = version_stack(record.project, record.environment, version.version)
    if cloud.stacks.describe(name) is None:
        return 0
    if version.polling:
        close_preview(cloud, name, True)  # before looking: it must take no event that nobody will handle
    waiting, dead = messages(cloud, name)
    if waiting and not version.polling:
        poll(cloud, name, True)
        environment.deployments.put_version(replace(version, polling=True))
    elif version.polling and not waiting:
        environment.deployments.put_version(replace(version, polling=False))  # first: half of them may be off soon
        if poll(cloud, name, False):
            environment.session.report(progress.Swept(version.version, "queues off"))
    return waiting + dead


def _forget_objects(environment: Environment) -> None:
    """Delete the bundles and manifests that no version has any more."""
    versions = environment.deployments.versions()
    manifests = {version.manifest_key for version in versions}
    bundles: set[str] = set()
    for version in versions:
        body = environment.objects.get(version.manifest_key) if version.manifest_key else None
        if body is None:
            return  # not everything is known: forget nothing
        bundles |= {bundle_key(bundle["sha256"]) for bundle in json.loads(body)["bundles"].values()}
    present = {*environment.objects.sizes(BUNDLES), *environment.objects.sizes(MANIFESTS)}
    environment.objects.delete(sorted(present - manifests - bundles))
