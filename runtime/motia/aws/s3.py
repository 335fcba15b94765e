"""Amazon S3: whole objects. Blocking; see `threads` for the asynchronous side."""

from __future__ import annotations

from motia.aws.client import AwsClient
from motia.aws.sigv4 import quote_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia.aws.response import Response


class S3Client:
    """Objects by bucket and key. Every method raises AwsError."""

    def __init__(self, client: AwsClient | None = None) -> None:
        self.client = client or AwsClient("s3")

    def put(self, bucket: str, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        """Create or replace an object."""
        self._request("PutObject", "PUT", bucket, key, body, {"content-type": content_type})

    def get(self, bucket: str, key: str) -> bytes:
        """The bytes of an object. AwsError has code NoSuchKey, or AccessDenied if the caller may not list."""
        return self._request("GetObject", "GET", bucket, key).body

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object, if there."""
        self._request("DeleteObject", "DELETE", bucket, key)

    def _request(
        self,
        operation: str,
        method: str,
        bucket: str,
        key: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Response:
        endpoint = self.client.endpoint
        host: str | None = None
        path = f"/{bucket}/{quote_path(key)}"
        # A bucket with dots does not match the wildcard certificate; an emulator rarely has wildcard names.
        if not endpoint.custom and "." not in bucket:
            host, path = f"{bucket}.{endpoint.host}", f"/{quote_path(key)}"
        # TLS already protects the body; hashing it as well would only cost time.
        return self.client.request(
            operation, method, path, headers or {}, body, host=host, unsigned_payload=endpoint.tls and bool(body)
        )
