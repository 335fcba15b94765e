"""The deployments table and the API key, on a DynamoDB in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from motia.errors import CloudError, UsageError
from motia_cdk.deploy import apikey
from motia_cdk.deploy.cloud.table import Table
from motia_cdk.deploy.lock import Lock
from motia_cdk.deploy.records import Deployments, EnvironmentRecord, VersionRecord


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(
            TableName="deployments",
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Table(client, "deployments")


def test_records_come_back_as_they_were_written(table: Table) -> None:
    deployments = Deployments(table)
    environment = EnvironmentRecord("shop", "dev", "hash", live="v1")
    version = VersionRecord("v1", "deployed", "2026-01-01", "2026-01-02", description="first", polling=False)
    deployments.put_environment(environment)
    deployments.put_version(version)
    assert deployments.environment() == environment
    assert deployments.version("v1") == version
    assert deployments.version("v2") is None


def test_versions_are_listed_oldest_first(table: Table) -> None:
    deployments = Deployments(table)
    deployments.put_environment(EnvironmentRecord("shop", "dev", "hash"))
    for name, created in (("b", "2026-02"), ("a", "2026-03"), ("c", "2026-01")):
        deployments.put_version(VersionRecord(name, "deployed", created, created))
    assert [version.version for version in deployments.versions()] == ["c", "b", "a"]


def test_what_a_later_release_wrote_is_ignored(table: Table) -> None:
    deployments = Deployments(table)
    table.put({"name": "environment", "project": "shop", "environment": "dev", "key_hash": "h", "colour": "blue"})
    assert deployments.environment() == EnvironmentRecord("shop", "dev", "h")


def test_an_environment_is_claimed_once(table: Table) -> None:
    deployments = Deployments(table)
    first = EnvironmentRecord("shop", "dev", "first")
    assert deployments.claim(first) is True
    assert deployments.claim(replace(first, key_hash="second")) is False
    assert deployments.environment() == first


def test_one_holds_the_lock(table: Table) -> None:
    with Lock(table), pytest.raises(CloudError, match="Another deploy"), Lock(table):
        pass
    with Lock(table):
        pass


def test_a_lock_that_ran_out_is_free_and_its_late_owner_is_told(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia_cdk.deploy.lock.HELD_S", -10)
    monkeypatch.setattr("motia_cdk.deploy.lock._RENEW_S", 0)
    with Lock(table) as late, Lock(table) as present:
        present.alive()
        with pytest.raises(CloudError, match="took over"):
            late.alive()


def test_the_late_owner_does_not_release_the_lock_of_the_next(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia_cdk.deploy.lock.HELD_S", -10)
    late, present = Lock(table), Lock(table)
    late.__enter__()
    present.__enter__()
    late.__exit__()
    assert table.get({"name": "lock"}) is not None


def test_a_key_matches_its_hash_and_no_other() -> None:
    stored = apikey.hashed("secret")
    assert apikey.matches("secret", stored)
    assert not apikey.matches("Secret", stored)
    assert not apikey.matches("", stored)
    assert "secret" not in stored


def test_equal_keys_have_different_hashes() -> None:
    assert apikey.hashed("secret") != apikey.hashed("secret")


@pytest.mark.parametrize("stored", ["", "secret", "md5$1$2$3$c2FsdA==$aGFzaA=="])
def test_a_stored_hash_that_makes_no_sense_matches_nothing(stored: str) -> None:
    assert not apikey.matches("secret", stored)


def test_an_empty_key_is_a_mistake() -> None:
    with pytest.raises(UsageError):
        apikey.hashed("")
