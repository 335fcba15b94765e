"""`destroy`, `prune` and `list_versions`."""

from __future__ import annotations

from dataclasses import dataclass

from motia.errors import CloudError
from motia_cdk.deploy import progress, quirks
from motia_cdk.deploy.cloud import Target, connect
from motia_cdk.deploy.environment import Environment, opened
from motia_cdk.deploy.names import check_names
from motia_cdk.deploy.records import Deployments
from motia_cdk.deploy.session import Session, Synth, session
from motia_cdk.deploy.sweep import delete_version, sweep
from motia_cdk.deploy.switch import held, refuse_to_lose
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.stack_names import environment_stack, tags, version_stack


@dataclass(frozen=True)
class VersionInfo:
    """One version of an environment. Times are ISO 8601 in UTC. polling: its queues are polled."""

    version: str
    live: bool
    previous: bool
    status: str
    description: str
    created: str
    updated: str
    polling: bool


@dataclass(frozen=True)
class Destroyed:
    """What is gone, and what was kept on purpose: the tables and the bucket with the data, by name."""

    versions: tuple[str, ...]
    environment: bool
    kept: tuple[str, ...]


def destroy(
    project: str,
    environment: str,
    *,
    api_key: str,
    version: str | None = None,
    purge: bool = False,
    target: Target,
    report: progress.Report = progress.silent,
    synth: Synth | None = None,
) -> Destroyed:
    """Delete one version that is not live, or the environment with all its versions.

    State, streams and the bucket outlive their environment; purge: delete them too, and events that the queues of the
    one version hold. CloudError when the version is live or holds events, or something cannot be deleted.
    """
    with session(target, project, environment, report, synth) as current, opened(current, api_key) as found:
        if version is not None:
            return _destroy_version(found, version, purge=purge)
        names = [record.version for record in found.deployments.versions()]
        kept = (found.ref.state_table, found.ref.stream_table, found.ref.deployment_table, found.ref.bucket)
        name = environment_stack(project, environment)
        resources = current.cloud.stacks.resources(name) if current.cloud.local else []
        for known in names:
            delete_version(found, known)
        found.runner.delete(name, tags(project, environment))
        quirks.forget_logs(current.cloud, resources)
    if purge:
        _purge(current, found.ref)
    return Destroyed(tuple(names), True, () if purge else kept)


def prune(
    project: str,
    environment: str,
    *,
    api_key: str,
    keep: int | None = None,
    target: Target,
    report: progress.Report = progress.silent,
    synth: Synth | None = None,
) -> tuple[str, ...]:
    """Delete versions that are neither live nor among the `keep` others, once their queues are empty; those deleted.

    keep: None means `keep_versions` of the settings the live version was deployed with.
    """
    with session(target, project, environment, report, synth) as current, opened(current, api_key) as found:
        return sweep(found, keep=keep)


def list_versions(project: str, environment: str, *, target: Target) -> list[VersionInfo]:
    """The versions of an environment, oldest first; none when there is no such environment."""
    check_names(project=project, environment=environment)
    cloud = connect(target)
    stack = cloud.stacks.describe(environment_stack(project, environment))
    if stack is None:
        return []
    deployments = Deployments(cloud.table(EnvironmentRef.from_outputs(stack.outputs).deployment_table))
    record = deployments.environment()
    live, previous = (record.live, record.previous) if record else (None, None)
    return [
        VersionInfo(
            version=found.version,
            live=found.version == live,
            previous=found.version == previous,
            status=found.status,
            description=found.description,
            created=found.created,
            updated=found.updated,
            polling=found.polling,
        )
        for found in deployments.versions()
    ]


def _destroy_version(found: Environment, version: str, *, purge: bool) -> Destroyed:
    record = found.record
    if found.deployments.version(version) is None:
        raise CloudError(
            f"There is no version '{version}'.", where=f"environment '{record.environment}' of '{record.project}'"
        )
    if record.live == version:
        raise CloudError(f"The version '{version}' is live.", remedy="Promote another one first, or destroy all.")
    name = version_stack(record.project, record.environment, version)
    cloud = found.session.cloud
    if not purge and cloud.stacks.describe(name) is not None:
        refuse_to_lose(
            held(cloud, name),
            "Wait until the queues are empty, and redrive or purge the dead-letter queues; or say --purge.",
        )
    delete_version(found, version)
    if record.previous == version:
        found.save(previous=None)
    return Destroyed((version,), False, ())


def _purge(current: Session, ref: EnvironmentRef) -> None:
    for table in (ref.state_table, ref.stream_table, ref.deployment_table):
        current.cloud.table(table).drop()
    current.cloud.objects(ref.bucket).drop()
