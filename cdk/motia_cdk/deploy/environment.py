"""The environment: opened when it exists, made when it does not, and brought to what its live version asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from motia.errors import CloudError
from motia_cdk.deploy import apikey, progress, quirks
from motia_cdk.deploy.cloud import StackState
from motia_cdk.deploy.cloud.objects import Objects
from motia_cdk.deploy.lock import Lock
from motia_cdk.deploy.records import Deployments, EnvironmentRecord, VersionRecord
from motia_cdk.deploy.session import Session
from motia_cdk.deploy.stack import Change, StackRunner, Template, check_owner
from motia_cdk.deploy.stack_status import stands
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.requests import LIVE_VERSION, EnvironmentRequest, StackTemplate
from motia_cdk.stack_names import environment_stack, tags
from motia_project.manifest import Manifest
from motia_project.settings import Settings

INLINE_BYTES = 51_200  # AWS CloudFormation quotas: a template in the request itself


@dataclass(frozen=True)
class Environment:
    """An environment that exists, and whose API key was given. alive: renews the lock, when it is held."""

    session: Session
    ref: EnvironmentRef
    deployments: Deployments
    objects: Objects
    record: EnvironmentRecord
    alive: Callable[[], None] = lambda: None

    @property
    def runner(self) -> StackRunner:
        return StackRunner(self.session.cloud, self.session.report, self.alive)

    def save(self, **changes: str | None) -> Environment:
        """Write changed fields of the record."""
        record = replace(self.record, **changes)  # type: ignore[arg-type]
        if record != self.record:
            self.deployments.put_environment(record)
        return replace(self, record=record)

    def version(self, version: str) -> VersionRecord:
        """A version that is deployed; CloudError for any other."""
        found = self.deployments.version(version)
        if found is None or found.status != "deployed":
            known = ", ".join(v.version for v in self.deployments.versions() if v.status == "deployed")
            raise CloudError(
                f"There is no version '{version}' to go live.",
                where=f"environment '{self.record.environment}' of '{self.record.project}'",
                allowed=known or None,
                remedy="Deploy it first.",
            )
        return found

    def manifest(self, version: VersionRecord) -> Manifest:
        """The manifest a version was deployed with."""
        body = self.objects.get(version.manifest_key)
        if body is None:
            raise CloudError(
                f"The manifest of version '{version.version}' is gone.",
                where=f"s3://{self.objects.bucket}/{version.manifest_key}",
                remedy="Deploy that version again.",
            )
        return Manifest.model_validate_json(body)


def websocket_url(environment: Environment) -> str | None:
    """Where clients listen to streams, when the version that is live has any."""
    live = environment.record.live
    streams = live and environment.manifest(environment.version(live)).streams
    return environment.ref.websocket_url if streams else None


@contextmanager
def opened(session: Session, api_key: str) -> Iterator[Environment]:
    """An existing environment, locked. CloudError when there is none or the key is not the right one."""
    stack = session.cloud.stacks.describe(environment_stack(session.project, session.environment))
    found = _attach(session, stack) if stack and stands(stack.status) else None
    if found is None or not found.record.key_hash:
        raise CloudError(
            f"There is no environment '{session.environment}' of the project '{session.project}'.",
            where=f"account {session.cloud.identity.account}, {session.cloud.region}",
            remedy="Deploy first, or check the names, the region and the AWS profile. Tables and a bucket that "
            "an earlier destroy has kept are deleted by their names.",
        )
    with _locked(found, api_key) as environment:
        yield environment


@contextmanager
def opened_or_made(session: Session, api_key: str, settings: Settings) -> Iterator[Environment]:
    """The environment, locked; made first when it does not exist. CloudError when the key is not the right one."""
    stack = session.cloud.stacks.describe(environment_stack(session.project, session.environment))
    found = _attach(session, stack) if stack and stands(stack.status) else _make(session, settings)
    if not found.record.key_hash:
        record = replace(found.record, key_hash=apikey.hashed(api_key))
        found.deployments.claim(record)  # the one who comes second has the key checked below
        found = replace(found, record=found.deployments.environment() or record)
    with _locked(found, api_key) as environment:
        yield environment


def bring_up(
    environment: Environment, settings: Settings, live: Manifest | None, version: str | None
) -> tuple[Environment, int]:
    """Apply the environment's template for its live version, when it is not applied already.

    The environment, and how many resources it has.
    """
    session = environment.session
    template = session.synth.environment(
        EnvironmentRequest(session.project, session.environment, settings, live=live, live_version=version)
    )
    digest = template_digest(template)
    if digest == environment.record.template:
        return environment, template.resources
    environment = environment.save(template="")  # until it is seen to be applied, nothing is known to be
    state = apply(environment.runner, template, environment.objects)
    ref = quirks.local_ref(session.cloud, EnvironmentRef.from_outputs(state.outputs))
    return replace(environment.save(template=digest), ref=ref), template.resources


def apply(runner: StackRunner, template: StackTemplate, objects: Objects | None) -> StackState:
    """Change a stack to a template; a large one goes through the bucket and does not stay there."""
    body = template.body
    key = None
    if len(body.encode()) > INLINE_BYTES:
        if objects is None:
            raise CloudError(
                f"The template of {template.name} is too large to start with.", allowed=f"{INLINE_BYTES:,} bytes"
            )
        key = f"templates/{hashlib.sha256(body.encode()).hexdigest()}.json"
        objects.put(key, body.encode(), "application/json")
    try:
        source = Template(url=_url(runner, objects, key)) if objects and key else Template(body=body)
        state, changed = runner.apply(Change(template.name, source, template.tags, template.parameters))
    finally:
        if objects and key:
            objects.delete([key])
    if changed:
        quirks.repair(runner.cloud, template.name, template.template)
    return state


def template_digest(template: StackTemplate) -> str:
    """Digest of everything a stack is made from."""
    parts = json.dumps([template.body, template.parameters, template.tags], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()


def _make(session: Session, settings: Settings) -> Environment:
    """Create the environment with nothing live, also where an earlier attempt failed or is being undone."""
    template = session.synth.environment(EnvironmentRequest(session.project, session.environment, settings))
    state = apply(StackRunner(session.cloud, session.report), template, None)
    found = _attach(session, state)
    return replace(found, record=replace(found.record, template=template_digest(template)))


def _attach(session: Session, stack: StackState) -> Environment:
    """The environment behind a stack; its record is empty when nobody has claimed it."""
    check_owner(stack, tags(session.project, session.environment))
    ref = quirks.local_ref(session.cloud, EnvironmentRef.from_outputs(stack.outputs))
    deployments = Deployments(session.cloud.table(ref.deployment_table))
    record = deployments.environment() or EnvironmentRecord(session.project, session.environment, key_hash="")
    return Environment(session, ref, deployments, session.cloud.objects(ref.bucket), record)


@contextmanager
def _locked(environment: Environment, api_key: str) -> Iterator[Environment]:
    record = environment.record
    apikey.demand(api_key, record.key_hash, project=record.project, environment=record.environment)
    with Lock(environment.deployments.table) as lock:
        # read again: whoever held the lock before us may have promoted
        current = replace(environment, record=environment.deployments.environment() or record, alive=lock.alive)
        yield _as_it_is(current)


def _as_it_is(environment: Environment) -> Environment:
    """The environment with the version on record that its stack serves: a promotion may have been made without anybody
    seeing its end."""
    session, record = environment.session, environment.record
    stack = environment.runner.standing(environment_stack(session.project, session.environment))
    served = stack.outputs.get(LIVE_VERSION) if stack else None
    if served is None or served == record.live:
        return environment
    session.report(progress.Note(f"The version {served} is live; an earlier command did not see it finish."))
    return environment.save(live=served, previous=record.live, template="")


def _url(runner: StackRunner, objects: Objects, key: str) -> str:
    if runner.cloud.local:
        return f"{runner.cloud.endpoint_url}/{objects.bucket}/{key}"
    return objects.url(key, runner.cloud.region)
