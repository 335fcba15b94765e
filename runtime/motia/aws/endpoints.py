"""Which host answers for a service: what the environment says, or the regional default.

Variables as in "AWS SDKs and Tools Reference Guide: service-specific endpoints".
"""

from __future__ import annotations

import os

from motia.errors import CloudError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# AWS's partitions by the beginning of their regions' names.
_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eusc-", "amazonaws.eu"),
)


class Endpoint:
    """A URL in parts. path: without a final slash, with its query if it has one."""

    __slots__ = ("custom", "host", "path", "port", "tls")

    def __init__(self, host: str, port: int, *, tls: bool, path: str = "", custom: bool = False) -> None:
        self.host = host
        self.port = port
        self.tls = tls
        self.path = path
        self.custom = custom

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == (443 if self.tls else 80) else f":{self.port}"
        return f"{'https' if self.tls else 'http'}://{host}{port}{self.path}"

    @classmethod
    def parse(cls, url: str, *, custom: bool = True) -> Endpoint:
        """Raises CloudError for anything but http and https with a host."""
        scheme, separator, rest = url.strip().partition("://")
        authority, slash, path = rest.partition("/")
        host, port = _split_authority(authority)
        wrong = not separator or scheme.lower() not in ("http", "https") or not host or "@" in authority
        if wrong or not url.strip().isascii() or any(c <= " " or c in "#?\\" for c in authority):
            raise CloudError(
                f"{_without_user(url)!r} is not an endpoint",
                allowed="http://host[:port] or https://host[:port]",
                remedy="correct AWS_ENDPOINT_URL or its service-specific variant",
            )
        tls = scheme.lower() == "https"
        return cls(
            host.lower(),
            int(port) if port else (443 if tls else 80),
            tls=tls,
            path=(slash + path).rstrip("/"),
            custom=custom,
        )


def resolve(service: str, region: str, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """The endpoint of a service, such as `sqs`, in a region."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        url = environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environ.get("AWS_ENDPOINT_URL")
        if url:
            return Endpoint.parse(url)
    return Endpoint(f"{service}.{region}.{dns_suffix(region)}", 443, tls=True)


def dns_suffix(region: str) -> str:
    """The domain of the region's partition."""
    return next((suffix for prefix, suffix in _SUFFIXES if region.startswith(prefix)), "amazonaws.com")


def region_of(environ: Mapping[str, str] = os.environ) -> str:
    """The region of this sandbox. Raises CloudError when none is set."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region or not all(c.isalnum() or c == "-" for c in region) or not region.isascii():
        raise CloudError(
            f"{region!r} is not an AWS region" if region else "there is no AWS region",
            where="environment",
            remedy="set AWS_REGION, for example to eu-central-1",
        )
    return region


def _split_authority(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, closed, rest = authority[1:].partition("]")
        port = rest.removeprefix(":")
        usable = closed and (not rest or rest.startswith(":"))
    else:
        host, _, port = authority.partition(":")
        usable = True
    if not usable or (port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        return "", ""
    return host, port


def _without_user(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
