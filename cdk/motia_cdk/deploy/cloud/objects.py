"""S3: the objects of the artifact bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from motia.errors import AwsError
from motia_cdk.deploy.cloud.failures import translated


class Objects:
    """Objects of one bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def sizes(self, prefix: str) -> dict[str, int]:
        """Keys under `prefix` with their sizes in bytes."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        with translated("s3", f"s3:ListObjectsV2 on {self.bucket}"):
            return {found["Key"]: int(found["Size"]) for page in pages for found in page.get("Contents", [])}

    def put(self, key: str, body: bytes, content_type: str) -> None:
        with translated("s3", f"s3:PutObject on {self.bucket}"):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)

    def put_file(self, key: str, path: Path, sha256: str) -> None:
        """Upload a file; S3 refuses it when what arrives has another SHA-256 (hex) than the one given."""
        import base64

        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with translated("s3", f"s3:PutObject on {self.bucket}"), path.open("rb") as body:
            self._client.put_object(
                Bucket=self.bucket, Key=key, Body=body, ChecksumSHA256=checksum, ContentType="application/zip"
            )

    def get(self, key: str) -> bytes | None:
        """The object's content, or None."""
        try:
            with translated("s3", f"s3:GetObject on {self.bucket}"):
                return bytes(self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except AwsError as error:
            if error.code in ("NoSuchKey", "404"):
                return None
            raise

    def delete(self, keys: list[str]) -> None:
        """Delete objects; those that are gone already are fine."""
        for start in range(0, len(keys), 1000):  # DeleteObjects: 1,000 keys a call
            batch = [{"Key": key} for key in keys[start : start + 1000]]
            with translated("s3", f"s3:DeleteObjects on {self.bucket}"):
                self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})

    def drop(self) -> None:
        """Delete every object, then the bucket; one that is gone is fine."""
        try:
            self.delete(list(self.sizes("")))
            with translated("s3", f"s3:DeleteBucket on {self.bucket}"):
                self._client.delete_bucket(Bucket=self.bucket)
        except AwsError as error:
            if error.code not in ("NoSuchBucket", "404"):
                raise

    def url(self, key: str, region: str) -> str:
        """The address CloudFormation reads a template from."""
        host = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
        return f"https://{self.bucket}.{host}/{key}"
