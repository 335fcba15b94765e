"""The constructs, for a CDK app of one's own. Importing this loads the CDK; the rest of `motia_cdk` does not."""

from motia_cdk.code import BundleBucket, BundleFolder, CodeSource
from motia_cdk.environment import MotiaEnvironment
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.version import MotiaVersion

__all__ = [
    "BundleBucket",
    "BundleFolder",
    "CodeSource",
    "EnvironmentRef",
    "MotiaEnvironment",
    "MotiaVersion",
]
