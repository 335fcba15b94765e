"""Where AWS credentials come from inside Lambda and a container: the environment, or the container's endpoint.

Variables and rules are those of "AWS SDKs and Tools Reference Guide: environment variables; container credential
provider". Secrets appear in no repr and in no error.
"""

from __future__ import annotations

import os
import threading
import time

from motia.aws.endpoints import Endpoint
from motia.errors import CloudError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from motia.aws.response import Response

_ECS_HOST = "169.254.170.2"
_PLAIN_HTTP_HOSTS = (_ECS_HOST, "169.254.170.23", "fd00:ec2::23", "localhost")
_REFRESH_S = 15 * 60  # from here on one caller renews while the others go on with what they have
_MUST_REFRESH_S = 5 * 60  # from here on everybody waits for the new ones
_RETRY_REFRESH_S = 30
_ATTEMPTS = 3
_ENDPOINT_TIMEOUT_S = 2.0


class CredentialsError(CloudError):
    """There are no usable credentials."""


class Credentials:
    """An access key. expires: seconds since the epoch, None for never."""

    __slots__ = ("access_key", "expires", "secret_key", "token")

    def __init__(self, access_key: str, secret_key: str, token: str = "", expires: float | None = None) -> None:
        self.access_key = access_key
        self.secret_key = secret_key
        self.token = token
        self.expires = expires

    def __repr__(self) -> str:
        return "Credentials(***)"


class CredentialSource:
    """Gives valid credentials, fetching and renewing them when needed. Safe to share between threads."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._current: Credentials | None = None
        self._next_try = 0.0

    def get(self) -> Credentials:
        """Credentials good for some minutes. Raises CredentialsError."""
        current = self._current
        if current is None:
            with self._lock:
                if self._current is None:
                    self._current = self._load()
                return self._current
        if current.expires is None:
            return current
        now = self._clock()
        left = current.expires - now
        if left > _REFRESH_S or (left > 0 and now < self._next_try):
            return current
        return self._renew(current, wait=left <= _MUST_REFRESH_S)

    def expire(self, refused: Credentials) -> bool:
        """Forget credentials that AWS refused as expired; True if another try has a chance with different ones."""
        with self._lock:
            if self._current is not refused:
                return True
            fresh = self._load()
            self._current = fresh
            return fresh.access_key != refused.access_key or fresh.token != refused.token

    def _renew(self, old: Credentials, *, wait: bool) -> Credentials:
        if not self._lock.acquire(blocking=wait):
            return old
        try:
            current = self._current
            if current is not None and current is not old:
                return current  # another thread was first
            now = self._clock()
            self._next_try = now + _RETRY_REFRESH_S
            try:
                self._current = self._load()
            except CredentialsError:
                if old.expires is not None and old.expires > now:
                    return old
                raise
            return self._current
        finally:
            self._lock.release()

    def _load(self) -> Credentials:
        env = self._environ
        access_key, secret_key = env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY")
        if access_key and secret_key:
            return Credentials(access_key, secret_key, env.get("AWS_SESSION_TOKEN", ""))
        if relative := env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
            return self._from_endpoint(f"http://{_ECS_HOST}{relative}")
        if full := env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return self._from_endpoint(full)
        raise CredentialsError(
            "there are no AWS credentials",
            where="environment",
            allowed="AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or "
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            remedy="run inside Lambda or a container with a role, or set the variables",
        )

    def _from_endpoint(self, url: str) -> Credentials:
        endpoint = Endpoint.parse(url)
        if not endpoint.tls and not _plain_http_allowed(endpoint.host):
            raise CredentialsError(
                f"credentials are not fetched from {endpoint.host!r} without TLS",
                where="AWS_CONTAINER_CREDENTIALS_FULL_URI",
                allowed=f"https, a loopback address, or {', '.join(_PLAIN_HTTP_HOSTS)}",
            )
        from motia.aws.response import TransportError
        from motia.aws.transport import HttpPool

        pool = HttpPool(
            endpoint.host,
            endpoint.port,
            tls=endpoint.tls,
            connect_timeout_s=_ENDPOINT_TIMEOUT_S,
            read_timeout_s=_ENDPOINT_TIMEOUT_S,
        )
        headers = {"host": pool.host_header, "accept": "application/json", **self._authorization()}
        reason = ""
        try:
            for attempt in range(_ATTEMPTS):
                if attempt:
                    self._sleep(1.0)
                try:
                    response = pool.request("GET", endpoint.path or "/", headers, idempotent=True)
                except TransportError as error:
                    reason = error.what
                    continue
                if response.status == 200:
                    return _parse(response)
                reason = f"it answered {response.status}"
        finally:
            pool.close()
        raise CredentialsError(f"the container's credential endpoint gave nothing: {reason}", where=endpoint.host)

    def _authorization(self) -> dict[str, str]:
        path = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if path:
            try:
                with open(path, encoding="ascii") as file:  # read each time: EKS rotates it
                    token = file.read()
            except (OSError, ValueError) as error:
                what = f"the authorization token cannot be read: {type(error).__name__}"
                raise CredentialsError(what, where=path) from None
        if not token:
            return {}
        if not token.isascii() or not token.isprintable():
            raise CredentialsError(
                "the authorization token holds a line break or another character no header may have",
                where=path or "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            )
        return {"authorization": token}


def _plain_http_allowed(host: str) -> bool:
    if host in _PLAIN_HTTP_HOSTS:
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _parse(response: Response) -> Credentials:
    import json

    try:
        raw = json.loads(response.body)
        fields = [raw["AccessKeyId"], raw["SecretAccessKey"], raw["Token"]]
        expires = _epoch(raw["Expiration"])
    except (ValueError, KeyError, TypeError):
        fields, expires = [None], 0.0
    if not all(isinstance(field, str) and field for field in fields):
        # `from None` and no body: what came back may hold half a secret
        raise CredentialsError(
            "the container's credential endpoint did not answer with credentials",
            allowed="JSON with AccessKeyId, SecretAccessKey, Token and Expiration",
        ) from None
    return Credentials(fields[0], fields[1], fields[2], expires)


def _epoch(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 time."""
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
