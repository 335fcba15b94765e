"""AWS Signature Version 4 for request headers.

Written from "Create a signed AWS API request" (IAM User Guide). S3 differs from every other service in two ways: its
path is signed as sent, and it wants the hash of the payload in a header.
"""

from __future__ import annotations

import hashlib
import hmac
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia.aws.credentials import Credentials

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
ALGORITHM = "AWS4-HMAC-SHA256"

# What a proxy may change on the way, and what the SDKs therefore leave out.
_NOT_SIGNED = frozenset(
    {
        "authorization",
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPED = [chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256)]
_ESCAPED_PATH = [*_ESCAPED[:47], "/", *_ESCAPED[48:]]


def quote(text: str) -> str:
    """`text` as one component of a URL: every byte of its UTF-8 but the unreserved is escaped."""
    return "".join([_ESCAPED[byte] for byte in text.encode()])


def quote_path(text: str) -> str:
    """As `quote`, but slashes stay."""
    return "".join([_ESCAPED_PATH[byte] for byte in text.encode()])


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()


class Signer:
    """Signs the requests of one service in one region. Safe to share between threads."""

    def __init__(self, service: str, region: str) -> None:
        self._service = service
        self._region = region
        self._s3 = service == "s3"
        self._key: tuple[str, str, bytes] = ("", "", b"")  # secret key, day, signing key: replaced as a whole
        self._stamp: tuple[int, str] = (-1, "")

    def sign(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        credentials: Credentials,
        now: float,
        *,
        unsigned_payload: bool = False,
    ) -> dict[str, str]:
        """A copy of `headers` with what the signature adds.

        path, query: as they go on the wire, percent-encoded. headers: lower-case names, `host` among them.
        now: seconds since the epoch.
        """
        stamp = self._timestamp(now)
        signed = {**headers, "x-amz-date": stamp}
        if credentials.token:
            signed["x-amz-security-token"] = credentials.token
        payload = UNSIGNED_PAYLOAD if unsigned_payload else sha256_hex(body)
        if self._s3 or unsigned_payload:
            signed["x-amz-content-sha256"] = payload
        names = sorted([name for name in signed if name not in _NOT_SIGNED])
        lines = "".join([f"{name}:{' '.join(signed[name].split())}\n" for name in names])
        name_list = ";".join(names)
        canonical = f"{method}\n{self._path(path)}\n{canonical_query(query)}\n{lines}\n{name_list}\n{payload}"
        day = stamp[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256_hex(canonical.encode())}"
        signature = hmac.digest(self._signing_key(credentials.secret_key, day), to_sign.encode(), "sha256").hex()
        signed["authorization"] = (
            f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={name_list}, Signature={signature}"
        )
        return signed

    def _timestamp(self, now: float) -> str:
        second = int(now)
        cached, stamp = self._stamp
        if cached != second:
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
            self._stamp = (second, stamp)
        return stamp

    def _signing_key(self, secret_key: str, day: str) -> bytes:
        cached_secret, cached_day, key = self._key
        if cached_day != day or cached_secret != secret_key:
            key = f"AWS4{secret_key}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key = (secret_key, day, key)
        return key

    def _path(self, path: str) -> str:
        if path == "/" or self._s3:
            return path or "/"
        return quote_path(remove_dot_segments(path))


def canonical_query(query: str) -> str:
    """The parameters of an encoded query, sorted by name and then value, each with its `=`."""
    if not query:
        return ""
    pairs = sorted([pair.partition("=")[::2] for pair in query.split("&")])
    return "&".join([f"{name}={value}" for name, value in pairs])


def remove_dot_segments(path: str) -> str:
    """`path` without `.`, `..` and empty segments (RFC 3986 section 5.2.4, and AWS's rule on repeated slashes)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")
