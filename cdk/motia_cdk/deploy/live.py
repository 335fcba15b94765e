"""Going live: the environment's routes and schedules change to another version's, together."""

from __future__ import annotations

from dataclasses import replace

from motia.errors import CloudError
from motia_cdk.deploy import progress
from motia_cdk.deploy.environment import Environment, bring_up
from motia_cdk.deploy.records import VersionRecord
from motia_cdk.deploy.stack_status import stands
from motia_cdk.deploy.switch import close_preview, poll
from motia_cdk.stack_names import version_stack
from motia_project.settings import Settings


def go_live(environment: Environment, version: VersionRecord) -> tuple[Environment, int]:
    """Make a deployed version the live one (or bring the live one up to date); how many resources that takes.

    The manifest and settings are those the version was deployed with, so this needs no build.
    """
    session, record = environment.session, environment.record
    name = version_stack(record.project, record.environment, version.version)
    state = session.cloud.stacks.describe(name)
    if state is None or not stands(state.status):
        raise CloudError(
            f"The version '{version.version}' is not in a state to go live.",
            where=f"{name}: {state.status if state else 'it does not exist'}",
            remedy="Deploy it again.",
        )
    poll(session.cloud, state.id, True)  # whatever the record says: a live queue that nobody polls loses its events
    close_preview(session.cloud, state.id, False)
    if not version.polling:
        environment.deployments.put_version(replace(version, polling=True))
    settings = Settings.model_validate_json(version.settings)
    environment, resources = bring_up(environment, settings, environment.manifest(version), version.version)
    if record.live != version.version:
        environment = environment.save(live=version.version, previous=record.live)
        session.report(progress.WentLive(version.version, record.live))
    return environment, resources
