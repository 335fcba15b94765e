"""The only door to AWS: small typed clients of the few services a deploy needs. boto3 is loaded when one is used."""

from motia_cdk.deploy.cloud.door import Cloud, Identity, Target, connect
from motia_cdk.deploy.cloud.stacks import ChangeSet, StackEvent, StackResource, StackState

__all__ = ["ChangeSet", "Cloud", "Identity", "StackEvent", "StackResource", "StackState", "Target", "connect"]
