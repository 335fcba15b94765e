"""From a build to a version that answers on AWS, or on an emulator of it.

Read `deployment.py` top to bottom for the road; each stage is a file:

    session      who we are for AWS; synthesis warms up meanwhile
    environment  the stack that outlives versions: opened, or made; locked; the API key checked
    upload       bundles and manifest into its bucket, by content
    version      the version's own stack
    live         the environment's routes and schedules move to the version
    sweep        old versions: switched off, then deleted

`stack` changes one stack and repairs what failed, `records` is what the deployments table remembers, `quirks` all that
is special about emulators, and `cloud` the only door to AWS. `plan_*` functions decide, without I/O. Nothing here
formats anything: progress is told as events (`progress`), failures are MotiaErrors. boto3 is loaded when first needed.
"""

from motia_cdk.deploy.cloud import Target
from motia_cdk.deploy.deployment import DeployRequest, DeployResult, deploy
from motia_cdk.deploy.names import check_names
from motia_cdk.deploy.promotion import PromoteResult, promote, rollback
from motia_cdk.deploy.removal import Destroyed, VersionInfo, destroy, list_versions, prune
from motia_cdk.deploy.stack import StackFailed

__all__ = [
    "DeployRequest",
    "DeployResult",
    "Destroyed",
    "PromoteResult",
    "StackFailed",
    "Target",
    "VersionInfo",
    "check_names",
    "deploy",
    "destroy",
    "list_versions",
    "promote",
    "prune",
    "rollback",
]
