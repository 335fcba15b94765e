"""Every way AWS refuses, as a message that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from motia.errors import AwsError, CloudError
from motia_cdk.deploy.cloud import Target, connect
from motia_cdk.deploy.cloud.failures import translated


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any AWS configuration."""
    for name in (
        "ACCESS_KEY_ID",
        "SECRET_ACCESS_KEY",
        "SESSION_TOKEN",
        "PROFILE",
        "REGION",
        "DEFAULT_REGION",
        "ENDPOINT_URL",
    ):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def refused(code: str) -> CloudError:
    answer = {
        "Error": {"Code": code, "Message": "because"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "r-1"},
    }
    with pytest.raises(CloudError) as raised, translated("sts", "sts:GetCallerIdentity"):
        raise ClientError(answer, "GetCallerIdentity")  # type: ignore[arg-type]
    return raised.value


@pytest.mark.usefixtures("nobody")
def test_no_credentials() -> None:
    with pytest.raises(CloudError, match="no AWS credentials") as raised:
        _ = connect(Target("eu-central-1")).identity
    assert "aws sso login" in (raised.value.remedy or "")


@pytest.mark.usefixtures("nobody")
def test_no_region() -> None:
    with pytest.raises(CloudError, match="no AWS region"):
        connect(Target())


@pytest.mark.usefixtures("nobody")
def test_an_unknown_profile() -> None:
    with pytest.raises(CloudError) as raised:
        connect(Target("eu-central-1", profile="nope"))
    assert "nope" in (raised.value.where or "")


@pytest.mark.usefixtures("nobody")
def test_no_network() -> None:
    target = Target("eu-central-1", endpoint_url="http://127.0.0.1:1", access_key="a", secret_key="b")
    with pytest.raises(CloudError, match="does not answer"):
        _ = connect(target).identity


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException"])
def test_expired_credentials(code: str) -> None:
    assert "expired" in refused(code).what


def test_unknown_credentials() -> None:
    assert "does not know" in refused("InvalidClientTokenId").what


def test_a_missing_permission() -> None:
    error = refused("AccessDenied")
    assert isinstance(error, AwsError)
    assert (error.code, error.request_id, error.exit_code) == ("AccessDenied", "r-1", 3)
    assert "permission" in (error.remedy or "")
