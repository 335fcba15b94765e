"""S3 objects, and where their requests go."""

from __future__ import annotations

from typing import Any

import pytest

from motia.aws.client import AwsClient
from motia.aws.response import Response
from motia.aws.s3 import S3Client
from motia.errors import AwsError


@pytest.mark.parametrize("key", ["a", "a/b c", "é/ü+%2F?#&", "x/../y/./z//w", "~'()*!", "/lead", "\u0001"])
@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 10, b"x" * 3_000_000], ids=["empty", "bytes", "large"])
def test_objects_survive_under_any_key(cloud: Any, key: str, body: bytes) -> None:
    s3, bucket = S3Client(cloud.client("s3")), cloud.environ["MOTIA_BUCKET"]
    s3.put(bucket, key, body)
    assert s3.get(bucket, key) == body
    s3.delete(bucket, key)
    with pytest.raises(AwsError) as missing:
        s3.get(bucket, key)
    assert (missing.value.code, missing.value.status) == ("NoSuchKey", 404)
    s3.delete(bucket, key)


class Recorder(AwsClient):
    """Asks nobody, and remembers what it would have asked."""

    def request(self, operation: str, method: str, path: str, *rest: Any, **options: Any) -> Response:
        self.asked = (options["host"] or self.endpoint.host, path, options["unsigned_payload"])
        return Response(200, {}, b"")


@pytest.mark.parametrize(
    ("endpoint", "bucket", "expected"),
    [
        (None, "plain", ("plain.s3.eu-central-1.amazonaws.com", "/a%20b/c", True)),
        (None, "with.dots", ("s3.eu-central-1.amazonaws.com", "/with.dots/a%20b/c", True)),
        ("http://localhost:4566", "plain", ("localhost", "/plain/a%20b/c", False)),
        ("https://minio.example", "plain", ("minio.example", "/plain/a%20b/c", True)),
    ],
)
def test_a_bucket_is_a_host_only_where_certificates_and_names_allow(
    environ: dict[str, str], endpoint: str | None, bucket: str, expected: tuple[str, str, bool]
) -> None:
    client = Recorder("s3", endpoint=endpoint, environ=environ)
    S3Client(client).put(bucket, "a b/c", b"x")
    assert client.asked == expected
    S3Client(client).get(bucket, "a b/c")
    assert client.asked == (*expected[:2], False)
