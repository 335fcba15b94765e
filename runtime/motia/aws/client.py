"""One AWS service: signed requests, retries, errors.

Retries follow the SDKs' standard mode: up to five attempts, exponential back-off with full jitter, for throttling,
server faults and broken connections. A request whose answer was lost may therefore be carried out twice, as with
every AWS SDK; callers make that harmless.
"""

from __future__ import annotations

import json
import os
import time

from motia.aws import endpoints, failures
from motia.aws.credentials import CredentialSource
from motia.aws.response import Response, TransportError
from motia.aws.sigv4 import Signer
from motia.aws.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, HttpPool
from motia.errors import AwsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from motia.aws.credentials import Credentials

MAX_ATTEMPTS = 5
_SKEW_S = 240  # AWS refuses from 300 s on, in most services
_USER_AGENT = "motia-runtime"
_TARGETS = {"sqs": "AmazonSQS", "dynamodb": "DynamoDB_20120810"}
_CODES = {
    "connect": "ConnectionError",
    "timeout": "RequestTimeout",
    "closed": "ConnectionClosed",
    "protocol": "InvalidResponse",
    "too-large": "ResponseTooLarge",
    "tls": "CertificateError",
}

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def encode_json(payload: Any) -> bytes:
    """Compact UTF-8 JSON; text that has no UTF-8 (half a surrogate pair) is escaped instead."""
    try:
        return _encode(payload).encode()
    except UnicodeEncodeError:
        return json.dumps(payload, separators=(",", ":"), allow_nan=False).encode()


class AwsClient:
    """Calls one service. Safe to share between threads.

    endpoint: URL, for an emulator; otherwise what the environment says, or AWS itself. sleep, clock: for tests.
    connect_timeout_s, read_timeout_s: of each attempt.
    """

    def __init__(
        self,
        service: str,
        region: str | None = None,
        endpoint: str | None = None,
        *,
        credentials: CredentialSource | None = None,
        environ: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> None:
        self.service = service
        self.region = region or endpoints.region_of(environ)
        self.endpoint = (
            endpoints.Endpoint.parse(endpoint) if endpoint else endpoints.resolve(service, self.region, environ)
        )
        self.sleep = sleep
        self._clock = clock
        self._credentials = credentials or CredentialSource(environ)
        self._signer = Signer(service, self.region)
        self._timeouts = (connect_timeout_s, read_timeout_s)
        self._max_attempts = max_attempts
        self._pools: dict[str, HttpPool] = {}
        self._skew = 0.0
        self._target = _TARGETS.get(service, "")

    def call(self, operation: str, payload: dict[str, Any], *, idempotent: bool = True) -> dict[str, Any]:
        """One operation of a service that speaks JSON 1.0; gives the decoded answer. Raises AwsError."""
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"{self._target}.{operation}"}
        response = self.request(operation, "POST", "/", headers, encode_json(payload), idempotent=idempotent)
        if not response.body:
            return {}
        try:
            answer: dict[str, Any] = json.loads(response.body)
        except ValueError:
            raise self._error(operation, "InvalidResponse", response.status, "the answer is not JSON") from None
        return answer

    def request(
        self,
        operation: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes = b"",
        *,
        query: str = "",
        host: str | None = None,
        unsigned_payload: bool = False,
        idempotent: bool = True,
    ) -> Response:
        """One signed request, with retries; gives an answer of status 2xx. Raises AwsError, CredentialsError.

        operation: for messages. path, query: percent-encoded. headers: lower-case names. host: another than the
        endpoint's, with its port and TLS. idempotent: see HttpPool.request.
        """
        pool = self._pool(host or self.endpoint.host)
        path = f"{self.endpoint.path}{path}" if self.endpoint.path else path
        target = f"{path}?{query}" if query else path
        headers = {"host": pool.host_header, "user-agent": _USER_AGENT, **headers}
        corrected = False
        attempt = 0
        while True:
            attempt += 1
            credentials = self._credentials.get()
            now = self._clock() + self._skew
            signed = self._signer.sign(
                method, path, query, headers, body, credentials, now, unsigned_payload=unsigned_payload
            )
            cause: TransportError | None = None
            try:
                response = pool.request(method, target, signed, body, idempotent=idempotent)
            except TransportError as lost:
                cause = lost
                error = self._error(operation, _CODES[lost.kind], 0, lost.what, remedy=self._remedy(lost))
                again, slow_down = lost.retryable, False
            else:
                if 200 <= response.status < 300:
                    if _intact(response):
                        return response
                    code, message = "CorruptResponse", "the checksum of the answer does not match"
                    again, slow_down = True, False
                else:
                    code, message = failures.error_of(response)
                    if not corrected and self._corrected(code, response, credentials):
                        corrected = True
                        continue
                    again = failures.retryable(code, response.status)
                    slow_down = failures.throttled(code, response.status)
                message = failures.redacted(message, credentials)
                error = self._error(operation, code, response.status, message, failures.request_id(response))
            if not again or attempt >= self._max_attempts:
                if again:
                    error.what += f" ({attempt} attempts)"
                raise error from cause
            self.sleep(backoff(attempt, slow_down))

    def close(self) -> None:
        """Close the idle connections."""
        for pool in list(self._pools.values()):
            pool.close()

    def _pool(self, host: str) -> HttpPool:
        pool = self._pools.get(host)
        if pool is None:
            connect, read = self._timeouts
            new = HttpPool(
                host, self.endpoint.port, tls=self.endpoint.tls, connect_timeout_s=connect, read_timeout_s=read
            )
            pool = self._pools.setdefault(host, new)
        return pool

    def _corrected(self, code: str, response: Response, credentials: Credentials) -> bool:
        """The cause of a refusal was found and removed: a wrong clock here, or credentials that ran out."""
        if code in failures.EXPIRED:
            return self._credentials.expire(credentials)
        if code not in failures.SKEW:
            return False
        server = failures.http_date(response.headers.get("date", ""))
        if server is None:
            return False
        skew = server - self._clock()
        if abs(skew - self._skew) < _SKEW_S:
            return False
        self._skew = skew
        return True

    def _remedy(self, lost: TransportError) -> str | None:
        if lost.kind == "connect" and self.endpoint.custom:
            return "start the emulator, or correct AWS_ENDPOINT_URL"
        if lost.kind == "tls":
            return "set AWS_CA_BUNDLE to a file with the certificates to trust"
        return None

    def _error(
        self, operation: str, code: str, status: int, message: str, request_id: str = "", remedy: str | None = None
    ) -> AwsError:
        what = f"{operation} failed with {code}: {message}" if message else f"{operation} failed with {code}"
        error = AwsError(what, service=self.service, code=code, status=status, request_id=request_id)
        error.remedy = remedy
        return error


def backoff(attempt: int, slow_down: bool) -> float:
    """Seconds to wait after the given attempt (from 1): a random part of a doubling bound, longer after throttling."""
    from random import random

    base, most = (0.5, 8.0) if slow_down else (0.1, 2.0)
    return random() * min(most, base * 2.0 ** (attempt - 1))


def _intact(response: Response) -> bool:
    """DynamoDB sends the CRC-32 of every answer; other services none."""
    expected = response.headers.get("x-amz-crc32")
    if expected is None or not expected.isdigit() or "content-encoding" in response.headers:
        return True
    from zlib import crc32

    return crc32(response.body) == int(expected)
