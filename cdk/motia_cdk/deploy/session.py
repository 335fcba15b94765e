"""What every command on an environment shares: AWS, synthesis, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from motia_cdk.deploy import progress
from motia_cdk.deploy.cloud import Cloud, Target, connect
from motia_cdk.deploy.names import check_names
from motia_cdk.requests import EnvironmentRequest, StackTemplate, VersionRequest


class Synth(Protocol):
    """Makes templates; `motia_cdk.synth_process.SynthProcess` is one."""

    def environment(self, request: EnvironmentRequest) -> StackTemplate: ...

    def version(self, request: VersionRequest) -> StackTemplate: ...


@dataclass(frozen=True)
class Session:
    """One environment of one project, and the means to change it."""

    cloud: Cloud
    synth: Synth
    project: str
    environment: str
    report: progress.Report


@contextmanager
def session(
    target: Target, project: str, environment: str, report: progress.Report, synth: Synth | None = None
) -> Iterator[Session]:
    """Know who we are for AWS, with synthesis warming up meanwhile. CloudError when AWS does not take us.

    synth: a process that is warm already; without one, one is started and ended. Templates hold the functions'
    variables, so they live in a temporary folder.
    """
    check_names(project=project, environment=environment)
    with ExitStack() as stack:
        if synth is None:
            from motia_cdk.synth_process import SynthProcess

            folder = stack.enter_context(TemporaryDirectory(prefix="motia-synth-"))
            synth = stack.enter_context(SynthProcess(Path(folder)))
        cloud = connect(target)
        identity = cloud.identity
        report(progress.Connected(identity.account, identity.region, identity.arn))
        yield Session(cloud, synth, project, environment, report)
