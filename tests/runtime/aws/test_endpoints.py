"""Which host is asked, compared with botocore where botocore knows."""

from __future__ import annotations

import botocore.session
import pytest

from motia.aws.endpoints import Endpoint, region_of, resolve
from motia.errors import CloudError

SERVICES = ["sqs", "dynamodb", "s3"]


def regions() -> list[str]:
    """Some of every partition."""
    session = botocore.session.get_session()
    found = [session.get_available_regions("sqs", partition) for partition in session.get_available_partitions()]
    return [region for some in found for region in sorted({*some[:2], *some[-1:]})]


@pytest.mark.parametrize("region", regions())
def test_every_partition_has_botocores_endpoints(region: str) -> None:
    session = botocore.session.get_session()
    for service in SERVICES:
        client = session.create_client(service, region, aws_access_key_id="a", aws_secret_access_key="b")
        assert str(resolve(service, region, {})) == client.meta.endpoint_url


def test_the_environment_names_an_emulator() -> None:
    environ = {"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ENDPOINT_URL_S3": "https://s3.internal/base/"}
    assert str(resolve("sqs", "eu-west-1", environ)) == "http://localhost:4566"
    assert str(resolve("s3", "eu-west-1", environ)) == "https://s3.internal/base"
    assert resolve("s3", "eu-west-1", environ).custom


@pytest.mark.parametrize("value", ["true", "TRUE"])
def test_configured_endpoints_can_be_ignored(value: str) -> None:
    environ = {"AWS_ENDPOINT_URL": "http://localhost:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": value}
    assert str(resolve("sqs", "eu-west-1", environ)) == "https://sqs.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://localhost", ("localhost", 80, False, "")),
        ("HTTPS://Host.Example/", ("host.example", 443, True, "")),
        ("http://[::1]:4566/x", ("::1", 4566, False, "/x")),
        (" http://127.0.0.1:1 ", ("127.0.0.1", 1, False, "")),
    ],
)
def test_parses_urls(url: str, parts: tuple[str, int, bool, str]) -> None:
    endpoint = Endpoint.parse(url)
    assert (endpoint.host, endpoint.port, endpoint.tls, endpoint.path) == parts


@pytest.mark.parametrize(
    "url",
    [
        "localhost:4566",
        "ftp://x",
        "http://",
        "http://:80",
        "http://h:0",
        "http://h:99999",
        "http://h:x",
        "http://[::1",
        "http://a b",
        "http://h?x",
        "http://h#x",
        "http://ü",
        "http://user:hunter2@h",
    ],
)
def test_anything_else_is_refused_and_no_password_repeated(url: str) -> None:
    with pytest.raises(CloudError, match="is not an endpoint") as refused:
        Endpoint.parse(url)
    assert "hunter2" not in str(refused.value)


def test_the_region_comes_from_the_environment() -> None:
    assert region_of({"AWS_REGION": "a-1", "AWS_DEFAULT_REGION": "b-1"}) == "a-1"
    assert region_of({"AWS_DEFAULT_REGION": "b-1"}) == "b-1"
    for environ in ({}, {"AWS_REGION": "eu west"}, {"AWS_REGION": "x.evil.example/"}):
        with pytest.raises(CloudError, match="AWS region"):
            region_of(environ)
