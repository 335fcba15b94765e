"""What to upload and what to sweep, decided without AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from handmade_build import build
from motia.errors import ProjectError, UsageError
from motia_cdk.deploy.names import check_names
from motia_cdk.deploy.records import EnvironmentRecord, VersionRecord
from motia_cdk.deploy.stack_status import plain, stands
from motia_cdk.deploy.sweep import plan_sweep
from motia_cdk.deploy.upload import manifest_text, plan_upload, upload_bundles


def record(version: str, updated: int, status: str = "deployed") -> VersionRecord:
    return VersionRecord(version, status, created=str(updated), updated=str(updated))  # type: ignore[arg-type]


def plan(
    live: str | None, previous: str | None, keep: int, *names: str, spare: tuple[str, ...] = ()
) -> tuple[list, list]:
    environment = EnvironmentRecord("shop", "dev", "hash", live=live, previous=previous)
    found = plan_sweep(environment, [record(n, i) for i, n in enumerate(names)], keep=keep, spare=spare)
    return [v.version for v in found.beyond], [v.version for v in found.idle]


def test_the_live_version_is_neither_idle_nor_beyond() -> None:
    assert plan("v1", None, 3, "v1") == ([], [])


def test_the_latest_are_kept_and_the_others_go() -> None:
    assert plan("v4", "v3", 2, "v1", "v2", "v3", "v4") == (["v1"], ["v3", "v2"])


def test_the_version_to_roll_back_to_is_kept_however_old() -> None:
    assert plan("v4", "v1", 1, "v1", "v2", "v3", "v4") == (["v3", "v2"], ["v1"])


def test_the_version_deployed_just_now_is_kept_and_polled() -> None:
    assert plan("v1", None, 1, "v1", "v2", "v3", spare=("v3",)) == (["v2"], [])


def test_the_version_to_roll_back_to_is_kept_while_another_is_tried() -> None:
    assert plan("v2", "v1", 1, "v1", "v2", "v3", spare=("v3", "v2")) == ([], ["v1"])


def test_nothing_is_kept_when_nothing_is_to_be_kept() -> None:
    assert plan("v2", "v1", 0, "v1", "v2") == (["v1"], [])


def test_the_version_that_was_live_a_moment_ago_is_still_polled() -> None:
    assert plan("v2", "v1", 3, "v1", "v2", spare=("v1", "v2")) == ([], [])


def test_what_an_interrupted_deploy_left_goes_first() -> None:
    environment = EnvironmentRecord("shop", "dev", "hash", live="v1")
    found = plan_sweep(environment, [record("v1", 1), record("v2", 2), record("v3", 3, "deploying")], keep=1)
    assert [v.version for v in found.beyond] == ["v3"]


def test_only_missing_bundles_are_uploaded(tmp_path: Path) -> None:
    manifest = build(tmp_path)
    everything = plan_upload(manifest, tmp_path, {})
    assert (len(everything.missing), everything.unchanged) == (2, 0)
    present = {upload.key: upload.size for upload in everything.missing[:1]}
    assert (
        len(plan_upload(manifest, tmp_path, present).missing),
        plan_upload(manifest, tmp_path, present).unchanged,
    ) == (1, 1)


def test_an_object_of_another_size_is_uploaded_again(tmp_path: Path) -> None:
    manifest = build(tmp_path)
    broken = {upload.key: upload.size - 1 for upload in plan_upload(manifest, tmp_path, {}).missing}
    assert len(plan_upload(manifest, tmp_path, broken).missing) == 2


def test_steps_with_the_same_bytes_are_uploaded_once(tmp_path: Path) -> None:
    manifest = build(tmp_path, extra_paths=("/other",))
    assert len(manifest.bundles) == 3
    assert len(plan_upload(manifest, tmp_path, {}).missing) == 2


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    manifest = build(tmp_path)
    gone = next(iter(manifest.bundles))
    (tmp_path / gone).unlink()

    class Empty:
        def sizes(self, prefix: str) -> dict[str, int]:
            return {}

    with pytest.raises(ProjectError) as refused:
        upload_bundles(Empty(), manifest, tmp_path, lambda event: None)  # type: ignore[arg-type]
    assert refused.value.where == str(tmp_path / gone)


def test_equal_manifests_are_kept_as_equal_bytes(tmp_path: Path) -> None:
    assert manifest_text(build(tmp_path)) == manifest_text(build(tmp_path))


@pytest.mark.parametrize(
    "name", ["v1", "v1.0.0", "Release 2026-11", "feature/cart", "ünï".encode("ascii", "ignore").decode()]
)
def test_names_that_aws_takes(name: str) -> None:
    check_names(project="shop", environment="production", version=name)


@pytest.mark.parametrize("name", ["", " v1", "v1 ", "-v1", "v1?", "v" * 65, "a\nb", "ü"])
def test_names_that_aws_refuses(name: str) -> None:
    with pytest.raises(UsageError):
        check_names(project="shop", environment="production", version=name)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            'Resource handler returned message: "Bucket exists" (RequestToken: 1, HandlerErrorCode: AlreadyExists)',
            "Bucket exists",
        ),
        ("Access denied (Service: Lambda, Status Code: 403, Request ID: 1) (SDK Attempt Count: 1)", "Access denied"),
        ("Plain words.", "Plain words."),
    ],
)
def test_reasons_lose_their_wrapping(reason: str, said: str) -> None:
    assert plain(reason) == said


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CREATE_COMPLETE", True),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_FAILED", True),
        ("CREATE_IN_PROGRESS", False),
        ("ROLLBACK_COMPLETE", False),
        ("DELETE_FAILED", False),
        ("REVIEW_IN_PROGRESS", False),
    ],
)
def test_whether_a_stack_stands(status: str, expected: bool) -> None:
    assert stands(status) is expected
