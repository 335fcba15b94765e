"""Where Lambda finds the bundles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from constructs import Construct

from motia.errors import ProjectError
from motia_project.manifest import ManifestBundle


def bundle_key(sha256: str) -> str:
    """Key of a bundle in the environment's bucket."""
    return f"bundles/{sha256}.zip"


class CodeSource(Protocol):
    """Gives a bundle's `Code` property."""

    def location(self, scope: Construct, path: str, bundle: ManifestBundle) -> dict[str, str]:
        """path: key of the bundle in the manifest, relative to its folder."""


@dataclass(frozen=True)
class BundleBucket:
    """Bundles that were uploaded to `bundles/<sha256>.zip` of a bucket, as `motia cloud deploy` does."""

    bucket: str

    def location(self, scope: Construct, path: str, bundle: ManifestBundle) -> dict[str, str]:
        return {"S3Bucket": self.bucket, "S3Key": bundle_key(bundle.sha256)}


@dataclass(frozen=True)
class BundleFolder:
    """Bundles in the `dist` folder of `motia build`, published as assets of the CDK app by `cdk deploy`."""

    dist: Path

    def location(self, scope: Construct, path: str, bundle: ManifestBundle) -> dict[str, str]:
        from aws_cdk import aws_s3_assets

        file = self.dist / path
        if not file.is_file():
            raise ProjectError(f"the bundle {path} is not there", where=str(self.dist), remedy="run `motia build`")
        asset = aws_s3_assets.Asset(scope, f"Asset_{path.replace('/', '_')}", path=str(file), asset_hash=bundle.sha256)
        return {"S3Bucket": asset.s3_bucket_name, "S3Key": asset.s3_object_key}
